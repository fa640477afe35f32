import Foundation

/// What a password of an operator must be: 15 characters or more, of any kind, and not one that everybody tries first
/// (NIST SP 800-63B §3.1.1.2: no rule of composition, a list of common ones refused).
public enum PasswordRules {
    /// Why a password is refused.
    public enum Problem: String, Error, Hashable, CaseIterable, CustomStringConvertible {
        /// Fewer than ``PasswordRules/minimumLength`` characters.
        case tooShort
        /// More than ``PasswordRules/maximumLength`` characters.
        case tooLong
        /// One of those that everybody tries first.
        case common
        /// One character, one word or one sequence again and again.
        case repetitive
        /// The operator's own name and little else.
        case ownName

        /// In English, for who runs the command.
        public var description: String {
            switch self {
            case .tooShort: "A password has at least \(minimumLength) characters. A sentence of your own is a good one."
            case .tooLong: "A password has at most \(maximumLength) characters."
            case .common: "This password is among those that are tried first. Choose another one."
            case .repetitive: "This password repeats itself or follows a sequence. Choose another one."
            case .ownName: "This password is little more than your name. Choose another one."
            }
        }
    }

    /// In characters as people count them.
    public static let minimumLength = 15
    /// In characters as people count them.
    public static let maximumLength = 256

    /// The first problem of `password` for the operator of that name; nil where there is none.
    public static func problem(with password: String, operatorName: String) -> Problem? {
        guard password.count >= minimumLength else { return .tooShort }
        guard password.count <= maximumLength else { return .tooLong }
        let folded = folded(password)
        let letters = folded.filter(\.isLetter)
        // "Soleil-123456789!" is a common word with a tail; twenty digits around a word are not.
        if common.contains(folded) || letters.count * 3 >= folded.count && common.contains(letters) { return .common }
        if isRepetitive(Array(password)) || isRepetitive(Array(folded)) { return .repetitive }
        // "motdepasse-motdepasse-2026!" is two words and a tail.
        if letters.count * 3 >= folded.count * 2, isRepetitive(Array(letters)) { return .repetitive }
        if isLittleMore(folded, than: operatorName) { return .ownName }
        return nil
    }

    /// Lower case without accents, letters and digits alone.
    private static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
            .filter { $0.isLetter || $0.isNumber }
    }

    /// Fewer than five different characters, one part again and again, or three steps of four along the alphabet, the
    /// digits or a row of a keyboard.
    private static func isRepetitive(_ characters: [Character]) -> Bool {
        guard characters.count >= 8 else { return false }
        if Set(characters).count < 5 { return true }
        let periods = 1...(characters.count / 2)
        if periods.contains(where: { period in zip(characters, characters.dropFirst(period)).allSatisfy(==) }) {
            return true
        }
        let steps = zip(characters, characters.dropFirst()).count { $0 == $1 || sequenceSteps.contains("\($0)\($1)") }
        return steps * 4 >= (characters.count - 1) * 3
    }

    /// Whether fewer than eight letters are left when the parts of the name are taken out.
    private static func isLittleMore(_ folded: String, than name: String) -> Bool {
        let parts = name.split { !$0.isLetter && !$0.isNumber }.map { Self.folded(String($0)) }.filter { $0.count >= 3 }
        let rest = parts.sorted { $0.count > $1.count }.reduce(folded) { $0.replacing($1, with: "") }
        return rest != folded && rest.filter(\.isLetter).count < 8
    }

    /// Every pair of neighbours in a sequence that fingers or memory follow, both ways.
    private static let sequenceSteps: Set<String> = {
        let rows = [
            "abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop",
            "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn", "1aqz2sx3edc4rfv5tgb6yhn",
        ]
        return Set(rows.flatMap { row in zip(row, row.dropFirst()).flatMap { ["\($0)\($1)", "\($1)\($0)"] } })
    }()

    /// Those that are tried first, folded: alone, or as the letters of one with digits and signs around.
    private static let common = Set(
        """
        password passwords secret admin administrator administrateur superadministrateur operator operateur
        welcome bienvenue bonjour bonsoir azerty qwerty regard soleil doudou chouchou loulou marseille paris
        france football dragon princess sunshine iloveyou jetaime changeme changezmoi letmein motdepasse
        motdepasses demonstration exemple temporaire provisoire temporary default healthdatahub donneesdesante
        droitderegard plateformededonneesdesante hopital sante administrateurregard administrateursysteme
        adminregard allezlesbleus allezlesbleusallez azertyuiopqsdfgh bienvenueaubureau bonjourtoutlemonde
        changezcemotdepasse correcthorsebatterystaple correctbatteryhorsestaple exemplemotdepasse
        iloveyouforever ilovemypassword iloveyousomuch jetaimepourtoujours jetaimemonamour
        jenesaispasquoimettre jaioubliemonmotdepasse laissemoientrer letmeinplease liberteegalitefraternite
        loremipsumdolor loremipsumdolorsitamet monmotdepasse monmotdepasseestsecret motdepasseadmin
        motdepasseadministrateur motdepasseregard motdepassesecret motdepasseprovisoire mypassword
        mypasswordispassword mypasswordissecret myverysecretpassword nouveaumotdepasse parissaintgermain
        passwordadministrator passwordregard portezcevieuxwhisky portezcevieuxwhiskyaujugeblondquifume
        anticonstitutionnellement qwertyuiopasdfgh secretpassword supercalifragilisticexpialidocious
        temporarypassword thisisapassword thisismypassword thequickbrownfox
        thequickbrownfoxjumpsoverthelazydog tobeornottobe tobeornottobethatisthequestion unmotdepassesecret
        vivelafrance vivelafrancevivelarepublique pneumonoultramicroscopicsilicovolcanoconiosis
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
