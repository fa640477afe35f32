import StrictJSON
import Testing

@testable import PublicRegistry

@Suite struct DifferenceTests {
    /// “both −gone +come”.
    private static func written(_ old: String, _ new: String, isRaw: Bool = false) -> String {
        TextDifference.pieces(from: old, to: new, isRaw: isRaw).map { piece in
            switch piece.place {
            case .both: piece.text
            case .before: "[-\(piece.text)-]"
            case .after: "[+\(piece.text)+]"
            }
        }.joined()
    }

    @Test func wordsThatWentAndCameAreTold() {
        #expect(Self.written("le chat noir dort", "le chien noir dort") == "le[- chat-][+ chien+] noir dort")
        #expect(Self.written("un deux", "un deux trois") == "un deux[+ trois+]")
        #expect(Self.written("un, deux", "un, deux, trois") == "un, deux[+, trois+]")
        #expect(Self.written("", "neuf") == "[+neuf+]")
        #expect(Self.written("vieux", "") == "[-vieux-]")
        #expect(Self.written("même", "même") == "même")
        #expect(Self.written("", "") == "")
        // A lone mark between two changes belongs to them.
        #expect(Self.written("12/03", "14/05") == "[-12/03-][+14/05+]")
    }

    @Test(arguments: [
        ("L'étude « A »", "L’étude \"A\" "), ("a – b", "a-b - c"), ("non\u{A0}: oui", "non: oui"), ("fin…", "fin..."),
        ("œuvre ﬁnale", "oeuvre finale"), ("e\u{301}te\u{301}", "été"), ("mi\u{AD}lieu", "milieu"),
        ("a\n\n b", " a b "),
        ("“x”", "« x »"), ("vrai\u{202F}!", "vrai!"),
    ])
    func typographyIsFoldedAwayAndAtHand(old: String, new: String) {
        let isFolded = old != "a – b"
        #expect((Typography.folded(old) == Typography.folded(new)) == isFolded, "\(old) \(new)")
        let pieces = TextDifference.pieces(from: old, to: new, isRaw: false)
        #expect(pieces.allSatisfy { $0.place == .both } == isFolded, "\(pieces)")
        #expect(TextDifference.pieces(from: old, to: new, isRaw: true).contains { $0.place != .both })
    }

    @Test(arguments: [
        ("Étude", "étude"), ("ete", "été"), ("3,5", "3.5"), ("a b", "ab"), ("(a)", "a"), ("a, b", "a b"),
        ("n°3", "n 3"),
    ])
    func everythingElseCounts(old: String, new: String) {
        #expect(Typography.folded(old) != Typography.folded(new))
    }

    @Test func inAddressesEveryCharacterCounts() {
        let old: JSON = ["contact": ["name": "A – B", "url": "https://a.example/x–y"]]
        let dash: JSON = ["contact": ["name": "A - B", "url": "https://a.example/x–y"]]
        let address: JSON = ["contact": ["name": "A – B", "url": "https://a.example/x-y"]]
        #expect(VersionChanges(from: old, to: dash).isTypographyOnly)
        #expect(VersionChanges(from: old, to: address).fields == ["contact"])
    }

    /// Whatever the texts: what is in the old version and what is in the new one can be read off the pieces.
    @Test func thePiecesHoldBothTexts() {
        var random = SplitMix(state: 7)
        let words = ["a", "le", "patient", ",", ".", " ", "\n", "«", "é", "42", "-", "…"]
        for _ in 0..<400 {
            var texts = ["", ""]
            for index in texts.indices {
                for _ in 0..<Int.random(in: 0...30, using: &random) {
                    texts[index] += words[Int.random(in: 0..<words.count, using: &random)]
                    if Bool.random(using: &random) { texts[index] += " " }
                }
            }
            let (old, new) = (texts[0], texts[1])
            let pieces = TextDifference.pieces(from: old, to: new, isRaw: true)
            #expect(pieces.filter { $0.place != .after }.map(\.text).joined() == old)
            #expect(pieces.filter { $0.place != .before }.map(\.text).joined() == new)
        }
    }

    @Test func aShortestWayIsFoundAndItsCostIsBounded() {
        let old = Array("abcabba")
        let new = Array("cbabac")
        let steps = SequenceDifference.steps(from: old, to: new)
        #expect(steps.filter { $0 != .keep }.count == 5)
        // Two long texts without a word in common: replaced, not looked through.
        let one = (0..<20_000).map { "a\($0)" }.joined(separator: " ")
        let other = (0..<20_000).map { "b\($0)" }.joined(separator: " ")
        let clock = ContinuousClock()
        var pieces: [DifferencePiece] = []
        let time = clock.measure { pieces = TextDifference.pieces(from: one, to: other, isRaw: false) }
        #expect(pieces.map(\.place) == [.before, .after])
        #expect(time < .seconds(20))
    }

    @Test func listsDifferByItsItems() {
        let old: JSON = ["datasets": ["d-1", "d-2"], "title": ["fr": "Un", "en": "One"], "status": "active"]
        let new: JSON = [
            "datasets": ["d-1", "d-3", "d-4"], "title": ["fr": "Deux", "en": "One"], "startsOn": "2026-01-02",
        ]
        let fields = FieldDifference.all(from: old, to: new, isRaw: false)
        #expect(fields.map(\.field) == ["datasets", "startsOn", "status", "title"])
        #expect(fields.map(\.language) == [nil, nil, nil, "fr"])
        #expect(
            fields[0].lines.map { $0.map { "\($0.place) \($0.text)" } } == [
                ["both d-1"], ["both d-", "before 2", "after 3"], ["after d-4"],
            ])
        #expect(fields[2].before == "active" && fields[2].after == nil)
    }
}

/// A small generator with a seed: a failure can be seen again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
