import CivilTime
import Foundation
import LetterPress
import Logging
import Outbound
import RightsRegistry
import ServiceLifecycle
import TransparencyAPI

extension Installation {
    /// What a process that opens cases does by itself: notices by mail and by letter, letters with a code, reminders.
    /// Throws `CommandFailure`.
    func jobs(templates: Templates, mailThreads: OutboundThreads) throws -> [any Service] {
        let (policy, logger) = (site.rightsPolicy, logger)
        let keys = try rightsKeys()
        let worker = NoticeWorker(
            database: database, keys: keys, policy: policy,
            deliver: try delivery(templates: templates, threads: mailThreads),
            pace: NoticeWorker.Pace(gatherSeconds: settings.noticeSeconds), now: now, logger: logger)
        let reminders = IdentityReminders(database: database, keys: keys, policy: policy, now: now)
        var services: [any Service] = [
            BackgroundService { await worker.run() }, BackgroundService { await reminders.run(logger: logger) },
        ]
        if let folder = settings.letters {
            let spool = try letterSpool(in: folder, keys: keys, templates: templates)
            services.append(BackgroundService { await spool.run(logger: logger) })
        }
        return services
    }

    private func rightsKeys() throws -> RightsKeys {
        do {
            return try RightsKeys(from: try keyStore(), servesOperators: true)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.refused("\(error)")
        }
    }

    /// How a notice is rendered and mailed; nil where no mail server is set.
    private func delivery(templates: Templates, threads: OutboundThreads) throws -> NoticeWorker.Delivery? {
        guard let mail = settings.mail else {
            logger.notice("no mail server is set: notices to e-mail addresses wait (REGARD_SMTP_SERVER)")
            return nil
        }
        let (sender, from, replyTo) = try mail.sender(threads: threads)
        let (texts, now) = (MailTexts(site: site, templates: templates, portal: settings.portal), now)
        return { notice in
            let (subject, text) = texts.message(for: notice)
            let message = MailMessage(
                from: MailMessage.Sender(name: texts.senderName, address: from), replyTo: replyTo, to: notice.email,
                id: notice.message, subject: subject, text: text, language: notice.language.rawValue, date: now())
            return switch await sender.send(message) {
            case .accepted: .accepted
            case .refused(let code): .refused(code)
            case .deferred(let code): .deferred(code)
            case .unreachable(let code): .unreachable(code)
            }
        }
    }

    /// Throws `CommandFailure` unless the folder is there, and nobody else's.
    private func letterSpool(in folder: String, keys: RightsKeys, templates: Templates) throws -> LetterSpool {
        let mode = try? FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
        guard let mode, FileManager.default.isWritableFile(atPath: folder) else {
            throw CommandFailure.refused("REGARD_LETTERS: there is no folder at \(folder) that can be written to.")
        }
        guard mode & 0o007 == 0 else {
            throw CommandFailure.refused(
                "REGARD_LETTERS: others can open \(folder), where codes are printed: chmod o-rwx.")
        }
        let (texts, press) = (LetterTexts(site: site, templates: templates, portal: settings.portal), LetterPress())
        let (now, zone) = (now, site.timeZone)
        return LetterSpool(
            database: database, keys: keys, policy: site.rightsPolicy, folder: folder,
            print: { letter in
                try await press.print([texts.sheet(for: letter, on: now().date(in: zone))], title: letter.reference)
            }, holder: Self.holder, now: now)
    }
}
