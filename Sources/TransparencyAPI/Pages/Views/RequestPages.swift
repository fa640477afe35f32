import RightsRegistry

/// The confirmation: the only time the secret is shown.
struct RequestFiledPage: Page {
    static let template = PageTemplate.requestFiled

    let frame: PageFrame
    let title: String
    let next: [String]
    let reference: String
    /// Seven groups of four.
    let secretGroups: [String]
    /// The groups with spaces between them, for the copy button.
    let secret: String
    let receivedOn: String
    let dueOn: String
    /// Granted by itself: no answer is awaited.
    let isConfirmed: Bool
    /// Whether a date is still to come that can be kept in a calendar.
    let hasDueDate: Bool
    /// Whether what the requester said of themselves still waits here to serve for another person.
    let offersAnother: Bool
    /// How long this page can be opened again.
    let minutes: String
    /// The address of `/suivi`.
    let follow: String
    /// How to complain, as the site says it.
    let complaint: String
    /// Opens the request in a telephone: the secret stands after the `#`, which a browser never sends.
    let qr: QRCode?

    /// - Parameters:
    ///   - secret: with or without its separators.
    ///   - receivedOn: in words, as `dueOn`.
    ///   - isRenewed: whether the secret has just come in a lost one's place.
    init(
        frame: PageFrame, right: Right, standing: RightTexts.Standing, hasDueDate: Bool, reference: String,
        secret: String, receivedOn: String, dueOn: String, minutes: Int, isRenewed: Bool = false,
        offersAnother: Bool = false, follow: String, complaint: String
    ) {
        let texts = RightTexts(right, frame.words)
        self.frame = frame
        title = isRenewed ? frame.words.pick(fr: "Voici votre nouveau code", en: "This is your new code") : texts.filed
        let renewed = frame.words.pick(
            fr: "L’ancien code n’ouvre plus rien. Rien d’autre n’a changé.",
            en: "The old code opens nothing any more. Nothing else has changed.")
        next =
            (isRenewed ? [renewed] : [])
            + texts.next(standing, registersOnFiling: frame.registersOnFiling, dueOn: dueOn)
        self.reference = reference
        var rest = Substring(secret.filter { $0.isLetter || $0.isNumber })
        var groups: [String] = []
        while !rest.isEmpty {
            groups.append(String(rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        secretGroups = groups
        self.secret = groups.joined(separator: " ")
        self.receivedOn = receivedOn
        self.dueOn = dueOn
        isConfirmed = standing.isConfirmed
        self.hasDueDate = hasDueDate
        self.offersAnother = offersAnother
        self.minutes = Words(frame.words).count(minutes, fr: ("minute", "minutes"), en: ("minute", "minutes"))
        self.follow = follow
        self.complaint = complaint
        qr = QRCode("\(follow)#\(reference)/\(groups.joined())")
    }

    /// The same in plain text, to be kept.
    var file: String {
        let language = frame.words
        let lines = [
            language.pick(fr: "Récépissé", en: "Receipt"), "", title, "",
            language.pick(fr: "Référence : \(reference)", en: "Reference: \(reference)"),
            "Code : " + secretGroups.joined(separator: "-"),
            language.pick(fr: "Reçue le : \(receivedOn)", en: "Received: \(receivedOn)"),
            isConfirmed
                ? language.pick(fr: "Acceptée aussitôt", en: "Granted at once")
                : hasDueDate
                    ? language.pick(fr: "Réponse au plus tard le : \(dueOn)", en: "Answer due: \(dueOn)") : "", "",
            language.pick(fr: "Pour suivre la demande : \(follow)", en: "To follow the request: \(follow)"), "",
            language.pick(fr: "Ensuite :", en: "What happens next:"),
        ]
        let end = [
            "", complaint, "",
            language.pick(
                fr: "Téléphone : \(frame.contact.phone)", en: "Telephone: \(frame.contact.phone)"),
            language.pick(
                fr: "Personne ne vous demandera jamais ce code.", en: "Nobody will ever ask you for this code."),
        ]
        return (lines + next.map { "- \($0)" } + end).joined(separator: "\r\n") + "\r\n"
    }
}
