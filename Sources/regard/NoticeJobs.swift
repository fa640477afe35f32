import CivilTime
import Foundation
import LetterPress
import Logging
import Outbound
import PublicRegistry
import RightsRegistry
import SQLDatabase
import ServiceLifecycle
import TransparencyAPI

extension Installation {
    /// What a process that opens cases does by itself: notices by mail and by letter, letters with a code, reminders, what
    /// operators sent and did not recall, and the end of retention: of cases, and in the ledger of who an objection was about.
    /// Throws `CommandFailure`.
    func jobs(templates: Templates, mailThreads: OutboundThreads) async throws -> [any Service] {
        let (policy, logger) = (policy, logger)
        let keys = try await rightsKeys(servesOperators: true)
        let erasure = try await caseErasure()
        let forgetting = LedgerForgetting(
            database: database, days: policy.retention.ledgerDays, holder: Self.holder, now: now)
        let post = try post(threads: mailThreads)
        let worker = NoticeWorker(
            database: database, keys: keys, policy: policy,
            deliver: post.map { delivery(by: $0, templates: templates) },
            pace: NoticeWorker.Pace(gatherSeconds: settings.noticeSeconds), now: now, logger: logger)
        let reminders = IdentityReminders(database: database, keys: keys, policy: policy, now: now)
        let heldActs = HeldActWorker(
            OperatorDesk(database: database, keys: keys, policy: policy, now: now), logger: logger)
        let watch = TargetWatch(database: database, targets: policy.targets, now: now)
        let custodians = CustodianReminders(
            database: database, days: site.periods.custodianReminderDays, targets: policy.targets, now: now)
        let clocks = ClockAlerts(database: database, policy: policy, hour: site.periods.alertHour, now: now)
        let serviceMails = ServiceMailWorker(
            database: database, dataProtectionOfficer: site.contacts.dpo.email,
            deliver: post.map { serviceDelivery(by: $0, templates: templates) }, now: now)
        var services: [any Service] = [
            BackgroundService { await worker.run() }, BackgroundService { await reminders.run(logger: logger) },
            BackgroundService { await heldActs.run() },
            BackgroundService { await watch.run(logger: logger) },
            BackgroundService { await serviceMails.run(logger: logger) },
            BackgroundService { await custodians.run(logger: logger) },
            BackgroundService { await erasure.run(logger: logger) },
            BackgroundService { await forgetting.run(logger: logger) },
            BackgroundService { await clocks.run(logger: logger) },
        ]
        let packages = PackageAssembly(
            database: database, keys: keys, policy: policy,
            render: { [texts = PackageTexts(outgoing(templates))] in
                texts.documents(for: $0)
            }, holder: Self.holder, now: now)
        services.append(BackgroundService { await packages.run(logger: logger) })
        if let folder = settings.letters {
            let spool = try letterSpool(in: folder, keys: keys, templates: templates)
            services.append(BackgroundService { await spool.run(logger: logger) })
        }
        return services
    }

    /// Sends one mail: to whom, under which Message-ID, in which language, with which subject and text.
    private typealias Post =
        @Sendable (
            _ address: String, _ id: String, _ language: String, _ words: (subject: String, text: String)
        ) async -> NoticeDelivery

    /// How mail is sent; nil where no mail server is set.
    private func post(threads: OutboundThreads) throws -> Post? {
        guard let mail = settings.mail else {
            logger.notice("no mail server is set: notices to e-mail addresses wait (REGARD_SMTP_SERVER)")
            return nil
        }
        let (sender, from, replyTo) = try mail.sender(threads: threads)
        // Who writes, as a mail shows it: the service. The institution's name may tell what it is about.
        let (name, now) = (site.name, now)
        return { address, id, language, words in
            let message = MailMessage(
                from: MailMessage.Sender(name: name, address: from), replyTo: replyTo, to: address, id: id,
                subject: words.subject, text: words.text, language: language, date: now())
            return switch await sender.send(message) {
            case .accepted: .accepted
            case .refused(let code): .refused(code)
            case .deferred(let code): .deferred(code)
            case .unreachable(let code): .unreachable(code)
            }
        }
    }

    /// What mails, letters and packages are written with.
    private func outgoing(_ templates: Templates) -> OutgoingTexts {
        OutgoingTexts(site: site, templates: templates, portal: settings.portal)
    }

    /// How a citizen's notice is rendered and mailed.
    private func delivery(by post: @escaping Post, templates: Templates) -> NoticeWorker.Delivery {
        let texts = MailTexts(outgoing(templates))
        return { notice in
            await post(notice.email, notice.message, notice.language.rawValue, texts.message(for: notice))
        }
    }

    /// How a mail to the data protection officer, to an operator or to a custodian is.
    private func serviceDelivery(by post: @escaping Post, templates: Templates) -> ServiceMailWorker.Delivery {
        let texts = ServiceMailTexts(outgoing(templates))
        return { [database] mail, address in
            var name: LocalizedText?
            if case .database(let id, _, _) = mail.matter {
                name = (try? await database.read { try LinkedDatabaseStore.find(id, on: $0) })?.name
            }
            return await post(address, mail.id, "fr", texts.message(for: mail, name: name))
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
        let (texts, press) = (LetterTexts(outgoing(templates)), LetterPress())
        let (now, zone) = (now, site.timeZone)
        return LetterSpool(
            database: database, keys: keys, policy: site.rightsPolicy, folder: folder,
            print: { letter in
                try await press.print([texts.sheet(for: letter, on: now().date(in: zone))], title: letter.reference)
            }, holder: Self.holder, now: now)
    }
}
