import CivilTime
public import RightsRegistry
import StrictJSON

/// What a package says to people: a page that stands alone, without a script, and the same as plain text.
public struct PackageTexts: Sendable {
    private struct File: Sendable {
        let path: String
        /// “PDF, 1,4 Mo”.
        let kind: String
        /// The sender's own name for it.
        let senderName: String?

        init(_ file: PackageContent.File, _ words: Words) {
            path = file.path
            kind = "\(file.type.rawValue.uppercased()), \(words.bytes(file.size))"
            senderName = file.senderName.flatMap { name in
                name.isEmpty ? nil : words.language.pick(fr: "« \(name) »", en: "“\(name)”")
            }
        }
    }

    private struct Database: Sendable {
        let id: String
        let name: String
        /// What came of asking it, in a sentence.
        let finding: String
        let lines: [String]
        let files: [File]
    }

    /// A part of the body's answer under a heading of its own.
    private struct Part: Sendable {
        let heading: String
        let lines: [String]
    }

    private struct Content: Sendable {
        let language: String
        let title: String
        let reference: String
        let receivedOn: String
        let decidedOn: String
        let assembledOn: String
        let institution: String
        let parts: [Part]
        let files: [File]
        let databases: [Database]
        let data: String
        let dpo: String
        let phone: String
        let phoneHours: String
        let follow: String
        let glossary: String
    }

    private let texts: OutgoingTexts
    private var site: Site { texts.site }

    public init(_ texts: OutgoingTexts) { self.texts = texts }

    /// Both, in the language of the request.
    public func documents(for package: PackageContent) -> PackageAssembly.Documents {
        let language = Language(package.language)
        let words = Words(language)
        let content = Content(
            language: language.rawValue,
            title: language.pick(
                fr: "Réponse à votre demande d’accès \(package.reference)",
                en: "Answer to your request of access \(package.reference)"),
            reference: package.reference, receivedOn: words.date(package.receivedOn),
            decidedOn: words.date(package.decidedOn), assembledOn: words.date(package.assembledOn),
            institution: site.institution.name[language], parts: parts(of: package, language),
            files: package.files.map { File($0, words) },
            databases: package.databases.map { database($0, words) },
            data: language.pick(fr: "dossier.json", en: "package.json"), dpo: site.contacts.dpo.email,
            phone: site.contacts.phone, phoneHours: site.contacts.phoneHours[language],
            follow: texts.address(of: .follow, in: language),
            glossary: texts.address(of: .glossary, in: language))
        return PackageAssembly.Documents(
            html: texts.templates.render(content, as: .package, in: language),
            text: texts.templates.render(content, as: .packageText, in: language))
    }

    private func parts(of package: PackageContent, _ language: Language) -> [Part] {
        let headings: [(member: String, heading: String)] = [
            ("text", language.pick(fr: "Notre réponse", en: "Our answer")),
            ("reasons", language.pick(fr: "Ce qui est refusé, et pourquoi", en: "What is refused, and why")),
            ("complaint", language.pick(fr: "Réclamation à la CNIL", en: "Complaint to the CNIL")),
            ("judicialRemedy", language.pick(fr: "Recours devant le juge", en: "Judicial remedy")),
        ]
        return headings.compactMap { member, heading in
            package.answer[member]?.string.map { Part(heading: heading, lines: Self.lines(of: $0)) }
        }
    }

    private func database(_ database: PackageContent.Database, _ words: Words) -> Database {
        let language = words.language
        let finding: String
        let said: String?
        switch database.finding {
        case .answered(let kind, let text, let day):
            let on = words.date(day)
            said = text
            finding =
                switch kind {
                case .done:
                    language.pick(
                        fr: "Elle a répondu le \(on). Voici ce qu’elle a remis.",
                        en: "It answered on \(on). This is what it gave.")
                case .partly:
                    language.pick(
                        fr: "Elle a répondu en partie le \(on), et dit ce qui manque.",
                        en: "It answered in part on \(on), and says what is missing.")
                case .nothingHeld:
                    language.pick(
                        fr: "Elle a répondu le \(on) qu’elle n’a rien trouvé à votre sujet.",
                        en: "It answered on \(on) that it found nothing about you.")
                case .refused:
                    language.pick(
                        fr: "Elle a répondu le \(on) qu’elle ne peut rien remettre, et dit pourquoi.",
                        en: "It answered on \(on) that it can give nothing, and says why.")
                }
        case .impossible(let reasons, let day):
            said = reasons
            finding = language.pick(
                fr: "Elle n’a pas pu répondre : c’est impossible, pour les raisons notées le \(words.date(day)).",
                en: "It could not answer: that is impossible, for the reasons noted on \(words.date(day)).")
        }
        return Database(
            id: database.id, name: Phrase(database.name, in: language)?.text ?? database.id, finding: finding,
            lines: said.map(Self.lines) ?? [], files: database.files.map { File($0, words) })
    }

    private static func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { String($0).trimming(while: \.isWhitespace) }
            .filter { !$0.isEmpty }
    }
}
