import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

/// Nothing of an identity stands in the clear where requests are kept.
@Suite struct SecrecyTests {
    /// The ways in which a text could be written into a file without anyone meaning to hide it.
    private func spellings(of text: String) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        let hex = Hex.encode(bytes)
        let wide = text.utf16.map { $0 }
        // Base64 has three spellings, after what stands before; its first and last characters depend on neighbours.
        let base64 = (0..<3).map { shift in
            let whole = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
            return Array(whole.filter { $0 != "=" }.dropFirst(shift == 0 ? 0 : shift + 1).dropLast().utf8)
        }
        return [
            bytes, Array(hex.utf8), Array(hex.uppercased().utf8), wide.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
            wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
        ] + base64
    }

    /// Those of `needles`, of 8 bytes or more each, that stand in `haystack`: found in one pass by their first 8 bytes.
    private func found(_ needles: [[UInt8]], in haystack: [UInt8]) -> [[UInt8]] {
        func key(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let byKey = Dictionary(grouping: needles) { key($0.prefix(8)) }
        var found: [[UInt8]] = []
        var window: UInt64 = 0
        for (place, byte) in haystack.enumerated() {
            window = window << 8 | UInt64(byte)
            guard place >= 7, let candidates = byKey[window] else { continue }
            found += candidates.filter { haystack[(place - 7)...].starts(with: $0) }
        }
        return found
    }

    /// Everything that the engine keeps: the file and its log, or every cell of every table.
    private func everything(in house: House) async throws -> [UInt8] {
        switch house.database.engine {
        case .sqlite:
            return try ["", "-wal"].flatMap { suffix in
                Array(try Data(contentsOf: URL(fileURLWithPath: "\(house.place.folder)/regard.sqlite\(suffix)")))
            }
        case .postgresql:
            return try await house.database.read { connection in
                let columns = try connection.query(
                    """
                    SELECT CAST(table_name AS TEXT) AS t, CAST(column_name AS TEXT) AS c, CAST(data_type AS TEXT) AS k
                    FROM information_schema.columns WHERE table_schema = current_schema()
                    """)
                #expect(columns.count > 50)
                return try columns.flatMap { column in
                    let (table, name, kind): (String, String, String) = (
                        try column["t"], try column["c"], try column["k"]
                    )
                    let cell = kind == "bytea" ? name : "CAST(\(name) AS TEXT)"
                    return try connection.query("SELECT \(cell) AS v FROM \(table) WHERE \(name) IS NOT NULL").flatMap {
                        switch try $0["v"] as SQLValue {
                        case .blob(let bytes): bytes + [0]
                        case .text(let text): Array(text.utf8) + [0]
                        case .null, .integer, .real: [UInt8]()
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func nothingOfAnIdentityIsInTheClear(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let people = (0..<20).map(Person.init)
            var receipts: [FilingReceipt] = []
            for person in people {
                receipts.append(try await house.file(person.body(), key: "key-of-\(person.givenName)-0123456789"))
            }
            // A whole life: identity opened, words written, refused, withdrawn.
            _ = try await house.operators.openIdentity(
                receipts[0].reference, motive: .identityCheck, for: House.agent)
            try await house.act(["type": "assigned"], on: receipts[0])
            try await house.act(["type": "noted", "note": .string("Appelé \(people[0].birthName)")], on: receipts[0])
            var refusal = House.refusal.object ?? [:]
            refusal["reasons"] = .string("\(people[0].givenName) n'est pas \(people[1].birthName).")
            try await house.act(.object(refusal), on: receipts[0])
            try await house.withdraw(receipts[1])
            try await house.sequencer.drain()

            let kept = try await everything(in: house)
            // The search finds what is there to be found.
            #expect(!found([Array(receipts[7].reference.utf8)], in: kept).isEmpty)
            let secrets = zip(people, receipts).flatMap { person, receipt in
                [
                    person.nir, String(person.nir.prefix(13)), person.birthName, person.givenName, person.email,
                    person.birthDate, person.birthDate.replacing("-", with: ""), person.canonical, receipt.secret,
                    receipt.secret.replacing("-", with: ""),
                ]
            }
            let inTheClear = found(secrets.flatMap(spellings), in: kept)
            #expect(inTheClear.isEmpty, "\(inTheClear.map { String(decoding: $0, as: UTF8.self) })")
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theSearchWouldFindAnIdentity(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let person = Person(3)
            let shifted = Data(Array("xy\(person.nir)z".utf8)).base64EncodedString()
            for (place, text) in [person.nir, Hex.encode(person.nir.utf8), shifted].enumerated() {
                try await house.database.write {
                    try $0.execute("INSERT INTO sequence (name, last) VALUES ($1, 0)", "leak \(place) \(text)")
                }
                let kept = try await everything(in: house)
                #expect(!found(spellings(of: person.nir), in: kept).isEmpty)
                try await house.database.write { try $0.execute("DELETE FROM sequence WHERE name LIKE 'leak%'") }
            }
        }
    }
}
