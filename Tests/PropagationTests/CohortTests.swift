import Crypto
import Foundation
import RightsRegistry
import Testing
import Vault

@testable import Propagation

@Suite("A cohort")
struct CohortTests {
    private static let rows = (1...6).map { hexadecimal($0) }

    /// Drops persons 2 and 5.
    @discardableResult
    private func withTwoOut<T>(_ body: (GateFolder) throws -> T) throws -> T {
        try withGate { gate in
            try gate.writeList([.init(pseudonym: pseudonym(2)), .init(pseudonym: pseudonym(5), objection: 2)])
            return try body(gate)
        }
    }

    // MARK: What is kept

    @Test("of a pseudonym a line loses whoever has opted out, and keeps the rest in order and byte for byte")
    func lines() throws {
        try withTwoOut { gate in
            let rows = Self.rows
            let text = rows.joined(separator: "\n") + "\n"
            #expect(try gate.filter(text) == [0, 2, 3, 5].map { rows[$0] + "\n" }.joined())
            let (outcome, _) = try gate.filter(Array((text + rows[1] + "\n").utf8))
            #expect(outcome.rowsIn == 7 && outcome.rowsOut == 4 && outcome.personsRemoved == 2)
            #expect(outcome.inputDigest == Array(SHA256.hash(data: Array((text + rows[1] + "\n").utf8))))
            #expect(
                outcome.outputDigest
                    == Array(SHA256.hash(data: Array([0, 2, 3, 5].map { rows[$0] + "\n" }.joined().utf8))))
            // Without a last line end, with CRLF, in capitals, with a byte order mark.
            #expect(try gate.filter(rows[0] + "\n" + rows[2]) == rows[0] + "\n" + rows[2])
            #expect(try gate.filter(rows[0] + "\n" + rows[1]) == rows[0] + "\n")
            #expect(try gate.filter(rows[1] + "\r\n" + rows[2].uppercased() + "\r\n") == rows[2].uppercased() + "\r\n")
            #expect(
                try gate.filter("\u{FEFF}" + rows[1].uppercased() + "\n" + rows[0] + "\n") == "\u{FEFF}" + rows[0]
                    + "\n")
        }
    }

    @Test("in columns is read by the column's name or number, quotes and line ends within them included")
    func columns() throws {
        try withTwoOut { gate throws in
            let rows = Self.rows
            let named = CohortShape(column: .named("who"), identifiers: .pseudonyms)
            let text =
                "age;who;note\n41;\(rows[0]);\n7;\(rows[1]);x\n9;\"\(rows[4])\";y\n8;\"\(rows[5])\";\"a \"\"b\"\";\n\nc\"\n"
            #expect(
                try gate.filter(text, named)
                    == "age;who;note\n41;\(rows[0]);\n8;\"\(rows[5])\";\"a \"\"b\"\";\n\nc\"\n")
            #expect(try gate.filter("\u{FEFF}who,b\r\n\(rows[1]),\r\n", named) == "\u{FEFF}who,b\r\n")
            #expect(try gate.filter("who\tb\n\(rows[1])\t\"\n\(rows[2])\t\"\n", named) == "who\tb\n\(rows[2])\t\"\n")
            #expect(try gate.filter("\"who\"\n\(rows[1])\n\(rows[2])\n", named) == "\"who\"\n\(rows[2])\n")
            #expect(try gate.filter("a,who\n", named) == "a,who\n", "a cohort of nobody")
            let second = CohortShape(column: .numbered(2), identifiers: .pseudonyms)
            #expect(try gate.filter("a,\(rows[1])\nb,\(rows[2])\n", second) == "b,\(rows[2])\n")
            let headed = CohortShape(column: .numbered(1), hasHeader: true, separator: .tab, identifiers: .pseudonyms)
            #expect(try gate.filter("who\ta,b\n\(rows[1])\t1\n", headed) == "who\ta,b\n")
        }
    }

    @Test("longer than what is read at once comes out right, wherever a row is cut")
    func chunks() throws {
        try withGate { gate in
            let out = Set((0..<20_000).filter { $0 % 3 == 0 })
            try gate.writeList(out.map { .init(pseudonym: pseudonym($0), objection: Int64($0 + 1)) })
            let filler = String(repeating: "é", count: 300)
            let rows = (0..<20_000).map { "\(hexadecimal($0)),\($0 % 7 == 0 ? "\"\(filler)\n\(filler)\"" : "x")\n" }
            let (outcome, bytes) = try gate.filter(
                Array(("who,note\n" + rows.joined()).utf8), CohortShape(column: .named("who"), identifiers: .pseudonyms)
            )
            let expected = "who,note\n" + (0..<20_000).filter { !out.contains($0) }.map { rows[$0] }.joined()
            #expect(String(decoding: bytes, as: UTF8.self) == expected)
            #expect(outcome.rowsIn == 20_000 && outcome.personsRemoved == out.count)
            #expect(outcome.rowsOut == 20_000 - out.count)
        }
    }

    @Test("packed with gzip goes in and out, in several members too; a damaged one goes nowhere")
    func gzip() throws {
        try withTwoOut { gate in
            let rows = Self.rows
            let plain = Array((rows.joined(separator: "\n") + "\n").utf8)
            let (outcome, packed) = try gate.filter(plain, packs: true)
            #expect(packed.prefix(2) == [0x1F, 0x8B])
            try gate.writeList([], to: "list")
            let (again, bytes) = try gate.filter(packed + packed)
            let kept = [0, 2, 3, 5].map { rows[$0] + "\n" }.joined()
            #expect(String(decoding: bytes, as: UTF8.self) == kept + kept)
            #expect(outcome.outputDigest == Array(SHA256.hash(data: Array(kept.utf8))), "before it is packed")
            #expect(again.rowsIn == 8)
            #expect(throws: GateRefusal.cohort("the gzip file is cut short")) { try gate.filter(packed.dropLast(9)) }
            var damaged = packed
            damaged[packed.count / 2] ^= 0xFF
            #expect(throws: GateRefusal.self) { try gate.filter(damaged) }
        }
    }

    // MARK: What is refused

    @Test(
        "that can be read in two ways, or not at all, goes nowhere: the line is named, and never what it holds",
        arguments: [
            ("\(hexadecimal(1))\nabc\n", 2), ("\(hexadecimal(1))\n\n", 2), ("\(hexadecimal(1))x\n", 1),
            ("\(hexadecimal(1))\n\(hexadecimal(2))\r\n", 2), ("\(hexadecimal(1))\r\n\(hexadecimal(2))\n", 2),
            (" \(hexadecimal(1))\n", 1), ("\(hexadecimal(1))\n\(hexadecimal(2))\0\n", 2),
            ("\(hexadecimal(1))\r\(hexadecimal(2))\r", 1), ("\(hexadecimal(1).dropLast())é\n", 1),
            ("who\n\(hexadecimal(1))\n", 1),
            ("\(hexadecimal(1))\n\(hexadecimal(2))\n" + String(repeating: "f", count: 10_000_000) + "\n", 3),
            ("\(hexadecimal(1))\n\u{FEFF}\(hexadecimal(2))\n", 2),
        ] as [(String, Int)])
    func unreadableLines(text: String, line: Int) throws {
        try withTwoOut { gate in
            #expect { try gate.filter(text) } throws: { error in
                guard case .line(line, _, let words)? = error as? GateRefusal else { return false }
                return !words.contains(hexadecimal(1).prefix(8)) && !words.contains("abc")
            }
        }
    }

    @Test(
        "with columns that do not fit goes nowhere",
        arguments: [
            ("a,b\n1,2\n", 1), ("who,who\n1,2\n", 1), ("who,b;c\n1,2\n", 1), ("who,b\n\(hexadecimal(1))\n", 2),
            ("who,b\n\(hexadecimal(1)),2,3\n", 2), ("who,b\nx,y\n", 2), ("who,b\n\(hexadecimal(1)),a\"b\n", 2),
            ("who,b\n\(hexadecimal(1)),\"b\n", 2), ("who,b\n\(hexadecimal(1)),\"b\"c\n", 2),
            ("who,b\n\(hexadecimal(1)),\"b\n\n\"\n,\n", 5), ("who,b\n\(hexadecimal(1)),a\rb\n", 2),
        ] as [(String, Int)])
    func unfitColumns(text: String, line: Int) throws {
        try withTwoOut { gate in
            #expect { try gate.filter(text, CohortShape(column: .named("who"), identifiers: .pseudonyms)) } throws: {
                error in
                guard case .line(line, _, _)? = error as? GateRefusal else { return false }
                return true
            }
        }
    }

    @Test("tells the column of what it can't read")
    func namedColumn() throws {
        try withTwoOut { gate in
            let shape = CohortShape(column: .named("who"), identifiers: .pseudonyms)
            #expect(
                throws: GateRefusal.line(
                    2, column: "column 2 (“who”)", IdentifierReader.Flaw.pseudonym.rawValue)
            ) { try gate.filter("a,who\n1,185057800608491\n", shape) }
        }
    }

    @Test("that is empty, or in UTF-16, goes nowhere")
    func unreadableFiles() throws {
        try withTwoOut { gate in
            #expect(throws: GateRefusal.cohort("it is empty")) { try gate.filter("") }
            for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]] {
                #expect(throws: GateRefusal.cohort("it is in UTF-16: convert it to UTF-8")) {
                    try gate.filter(mark + Array("a\0b\0".utf8))
                }
            }
        }
    }

    // MARK: Identities

    private static let key = PseudonymKey(SymmetricKey(data: [UInt8](0..<32)))

    @Test("of identities is read in one column or three, with or without the number's key")
    func identities() throws {
        try withGate { gate in
            try gate.writeList([.init(pseudonym: Self.key.pseudonym(of: "1850578006084|19850515|1"))])
            let other = "2690549588157|19690501|2"
            let shape = CohortShape(identifiers: .identities)
            for same in ["1850578006084|19850515|1", "185057800608491|1985-05-15|M"] {
                let (_, kept) = try gate.filter(Array("\(same)\n\(other)\n".utf8), shape, key: Self.key)
                #expect(String(decoding: kept, as: UTF8.self) == "\(other)\n")
            }
            let text = "x,sex,nir,birthDate\n1,M,185057800608491,1985-05-15\n2,F,2690549588157,19690501\n"
            let (outcome, kept) = try gate.filter(Array(text.utf8), shape, key: Self.key)
            #expect(String(decoding: kept, as: UTF8.self) == "x,sex,nir,birthDate\n2,F,2690549588157,19690501\n")
            #expect(outcome.personsRemoved == 1)
        }
    }

    @Test(
        "of identities is refused where one can't be, by line and column",
        arguments: [
            ("1850578006084|19850230|1\n", nil), ("1850578006084|19850515|3\n", nil),
            ("185057800608492|19850515|1\n", nil), ("1850578006084|19850515\n", nil),
            ("1851378006084|19850515|1\n", nil), ("1850578006084|19850515|1|\n", nil),
            ("nir,birthDate,sex\n1850578006084,15/05/1985,1\n", "column 2 (“birthDate”)"),
            ("nir,birthDate,sex\n1850578006084,19850515,X\n", "column 3 (“sex”)"),
            ("nir,birthDate,sex\n185057800608A,19850515,1\n", "column 1 (“nir”)"),
            ("nir,birthDate\n1850578006084,19850515\n", nil),
            ("Kervézec|Maël|19850515|1\n", nil), ("|Maël|19850515|1|78006\n", nil),
            ("Kervézec|Maël|19850515|1|7800\n", nil), ("Kervézec|Maël|19850515|1|78006|x\n", nil),
            ("birthName,givenName,birthDate,sex,birthPlace\n李,Maël,19850515,1,78006\n", "column 1 (“birthName”)"),
            ("birthName,givenName,birthDate,sex,birthPlace\nK,-,19850515,1,78006\n", "column 2 (“givenName”)"),
            ("birthName,givenName,birthDate,sex,birthPlace\nK,M,19850515,1,7800é\n", "column 5 (“birthPlace”)"),
            ("birthName,givenName,sex,birthPlace\nK,M,1,78006\n", nil),
        ] as [(String, String?)])
    func unreadableIdentities(text: String, column: String?) throws {
        try withGate { gate in
            try gate.writeList([])
            #expect {
                try gate.filter(Array(text.utf8), CohortShape(identifiers: .identities), key: Self.key)
            } throws: { error in
                guard case .line(_, let named, let words)? = error as? GateRefusal else { return false }
                return named == column && !words.contains("185057")
            }
        }
    }

    @Test("of identities becomes pseudonyms, one a line and in order, as every other implementation computes them")
    func pseudonymizing() throws {
        try withGate { gate in
            let people = (0..<5000).map { Person($0) }
            let text = "sex;birthDate;nir\n" + people.map { "\($0.sex);\($0.birthDate);\($0.nir)\n" }.joined()
            let (count, written) = try gate.through(Array(text.utf8)) {
                try CohortRun.pseudonymize(
                    from: $0, to: $1, packs: false, separator: nil, key: Self.key, progress: { _, _ in })
            }
            #expect(count == 5000)
            let expected = people.map { Hex.encode(Self.key.pseudonym(of: $0.canonical)) + "\n" }.joined()
            #expect(String(decoding: written, as: UTF8.self) == expected)
            let (_, one) = try gate.through(Array("1850578006084|19850515|1".utf8)) {
                try CohortRun.pseudonymize(
                    from: $0, to: $1, packs: false, separator: nil, key: Self.key, progress: { _, _ in })
            }
            #expect(
                String(decoding: one, as: UTF8.self)
                    == "f220636d9cc33454e58efce640fb6d198a67f930958fb480b543b74736055bc7\n")
        }
    }
}

@Suite("64 hexadecimal digits")
struct HexDigitsTests {
    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let isRead = text.withUnsafeBytes { text in
            bytes.withUnsafeMutableBytes { HexDigits.decode(text, to: $0) }
        }
        return isRead ? bytes : nil
    }

    @Test("are read in either case, and nothing else is at any place")
    func everyByteAtEveryPlace() {
        let digits = Array("0123456789abcdefABCDEF".utf8)
        let whole = Array(hexadecimal(1).utf8)
        #expect(Self.decode(whole) == pseudonym(1))
        for place in 0..<64 {
            for byte in UInt8.min...UInt8.max {
                var text = whole
                text[place] = byte
                let expected = digits.contains(byte) ? Hex.decode(String(decoding: text, as: UTF8.self)) : nil
                #expect(Self.decode(text) == expected)
            }
        }
        #expect(Self.decode(Array(whole.dropLast())) == nil && Self.decode(whole + whole) == nil)
    }
}
