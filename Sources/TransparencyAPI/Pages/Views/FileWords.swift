import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// A file of a case, as a line says it.
struct FileWords: Sendable {
    /// Where it is fetched; nil where it takes a motive, or is destroyed.
    let href: String?
    /// The name under which it is handed out.
    let name: String
    /// “PDF, 1,4 Mo”.
    let kind: String
    /// The sender's own name for it.
    let senderName: String?
    /// What became of a proof.
    let fate: String?

    /// A file of a database's answer: nobody fetches it from there.
    init(_ file: AnswerFile, language: Language) {
        href = nil
        name = file.senderName ?? "\(file.n).\(file.type.fileExtension)"
        kind = "\(file.type.rawValue.uppercased()), \(Words(language).bytes(file.size))"
        senderName = nil
        fate = nil
    }

    init(_ file: CaseFile, href: String?, zone: TimeZone, language: Language) {
        let words = Words(language)
        self.href = file.destroyedAt == nil ? href : nil
        name = file.name
        kind = "\(file.type.rawValue.uppercased()), \(words.bytes(file.size))"
        senderName = file.senderName.flatMap { $0.isEmpty ? nil : language.pick(fr: "« \($0) »", en: "“\($0)”") }
        fate = file.destroyedAt.map { destroyed in
            let day = words.date((file.checkedAt ?? destroyed).date(in: zone))
            return file.checkedAt == nil
                ? language.pick(
                    fr: "Justificatif détruit le \(day)", en: "Proof destroyed on \(day)")
                : language.pick(
                    fr: "Justificatif vérifié le \(day), puis détruit", en: "Proof checked on \(day), then destroyed")
        }
    }

    /// A name that was just sent, short enough to be read back.
    static func readable(_ name: String) -> String {
        String(name.split { $0 == "/" || $0 == "\\" }.last?.prefix(80) ?? "")
    }
}

/// A field for files, with what was wrong with those that came.
struct FilesField: Sendable {
    let id: String
    let name = Portal.filesField
    let error: String?
    let describedBy: String
    /// What browsers offer to choose.
    let accept: String

    private static let documents = "application/pdf,image/jpeg,image/png,.pdf,.jpg,.jpeg,.png"
    private static let data = ",text/csv,application/json,text/plain,.csv,.json,.txt"

    /// - Parameters:
    ///   - answered: what came back; nil where nothing did.
    ///   - takesData: whether data is taken beside documents and pictures.
    init(_ id: String, answered: FollowAnswer?, takesData: Bool = false, language: Language) {
        self.id = id
        accept = takesData ? Self.documents + Self.data : Self.documents
        let texts = FieldErrorTexts(language)
        let found = (answered?.errors ?? []).filter { $0.pointer.hasPrefix("/files") }
        let lines = found.map { error in
            let text = texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments)
            guard let place = Int(error.pointer.dropFirst("/files/".count)), let names = answered?.fileNames,
                names.indices.contains(place), !names[place].isEmpty, error.code != "file.tooMany",
                error.code != "file.again"
            else { return text }
            return language.pick(fr: "« \(names[place]) » : ", en: "“\(names[place])”: ") + text
        }
        error = lines.isEmpty ? nil : lines.joined(separator: " ")
        describedBy = "\(id)-hint" + (lines.isEmpty ? "" : " \(id)-error")
    }
}

/// The form by which a citizen proves who they are, or by what right they act.
struct ProofForm: Sendable {
    /// Why a proof is asked for, and what to send.
    let reasons: [String]
    let files: FilesField
    let text: FormField

    init(_ reason: ProofReason, asked: String?, answered: FollowAnswer?, language: Language) {
        switch reason {
        case .identity:
            reasons =
                [
                    language.pick(
                        fr: "Nous devons être sûrs que cette demande vient bien de vous.",
                        en: "We must be sure that this request really comes from you."), asked,
                    // The agent may have asked for something else: a judgment, a deed.
                    language.pick(
                        fr: (asked == nil ? "Envoyez" : "Si rien d’autre n’est demandé ci-dessus, envoyez")
                            + " une photo de votre carte d’identité, de votre passeport ou de votre titre de séjour. "
                            + "Vous pouvez cacher votre photo et votre signature.",
                        en: (asked == nil ? "Send" : "If nothing else is asked for above, send")
                            + " a picture of your identity card, passport or residence permit. You may cover your "
                            + "photograph and your signature."),
                ].compactMap { $0 }
        case .capacity(let capacity):
            reasons = [
                language.pick(
                    fr: "Vous agissez pour une autre personne : nous devons voir à quel titre.",
                    en: "You act for another person: we must see by what right."),
                Self.wanted(capacity, language),
            ]
        }
        files = FilesField("proof-files", answered: answered, language: language)
        let texts = FieldErrorTexts(language)
        text = FormField(
            "proof-text", value: answered?.text ?? "",
            error: answered?.errors.first { $0.pointer == "/text" }.map {
                texts.text(
                    pointer: $0.code == "required" ? "/proof" : $0.pointer, code: $0.code, arguments: $0.arguments)
            }, hint: true)
    }

    private static func wanted(_ capacity: Capacity, _ language: Language) -> String {
        switch capacity {
        case .guardian:
            language.pick(
                fr: "Envoyez la décision du juge qui vous désigne.", en: "Send the court decision that appoints you.")
        case .authorisedAgent:
            language.pick(
                fr: "Envoyez le mandat signé par la personne.", en: "Send the mandate signed by the person.")
        case .heir:
            language.pick(
                fr: "Envoyez l’acte qui montre que vous êtes héritier : acte de notoriété, ou livret de famille.",
                en: "Send the deed that shows you are an heir: certificate of inheritance, or family record book.")
        case .dataSubject, .parentalAuthorityHolder: ""
        }
    }
}
