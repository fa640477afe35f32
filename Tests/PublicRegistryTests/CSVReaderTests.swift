import PublicRegistry
import Testing

@Suite("CSV")
struct CSVReaderTests {
    /// What a file gives: its records with their lines, whatever the size of the chunks that it comes in.
    private func read(_ bytes: [UInt8], chunk: Int) -> [CSVReader.Record] {
        var reader = CSVReader()
        var records: [CSVReader.Record] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            records += reader.read(bytes[start..<min(start + chunk, bytes.count)])
        }
        return records + reader.finish()
    }

    private func expect(
        _ text: String, _ expected: [(Int, Result<[String], CSVReader.Flaw>)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(Array(text.utf8), expected, sourceLocation: sourceLocation)
    }

    private func expect(
        _ bytes: [UInt8], _ expected: [(Int, Result<[String], CSVReader.Flaw>)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for chunk in [1, 3, 1000] {
            let records = read(bytes, chunk: chunk)
            #expect(records.map(\.line) == expected.map(\.0), "\(chunk)", sourceLocation: sourceLocation)
            #expect(records.map(\.fields) == expected.map(\.1), "\(chunk)", sourceLocation: sourceLocation)
        }
    }

    @Test("Quotes, doubled quotes, delimiters and line ends within quotes are part of the field")
    func quotes() {
        expect(
            "a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\"1 rue\r\n35000 Ville\",\"\"\r\n,z\r\n",
            [
                (1, .success(["a", "b"])), (2, .success(["x, y", "say \"hi\""])),
                (3, .success(["1 rue\r\n35000 Ville", ""])), (5, .success(["", "z"])),
            ])
    }

    @Test("A byte order mark, semicolons, blank lines and a last line without its end are fine")
    func kindness() {
        expect(
            "\u{FEFF}a;b\n\n1,5;2\n\r\n3;4",
            [(1, .success(["a", "b"])), (3, .success(["1,5", "2"])), (5, .success(["3", "4"]))])
        expect("a", [(1, .success(["a"]))])
        expect("a,", [(1, .success(["a", ""]))])
        expect("", [])
        expect("\u{FEFF}", [])
    }

    @Test("What is wrong costs its line alone")
    func flaws() {
        expect(
            "a,b\n1,x\"y\n2,\"z\"z\n3,\rw\n4,ok\n",
            [
                (1, .success(["a", "b"])), (2, .failure(.bareQuote)), (3, .failure(.afterQuote)),
                (4, .failure(.bareReturn)), (5, .success(["4", "ok"])),
            ])
        expect(
            [UInt8]("a\n".utf8) + [0xFF, 0x0A] + [UInt8]("b\n".utf8),
            [
                (1, .success(["a"])), (2, .failure(.notUTF8)), (3, .success(["b"])),
            ])
    }

    @Test("A quote that nobody closes swallows nothing of what follows")
    func unclosed() {
        expect(
            "a,b\n1,\"open\n2,x\n3,\"y\"\n4,z\n\"end",
            [
                (1, .success(["a", "b"])), (2, .failure(.afterQuote)), (3, .success(["2", "x"])),
                (4, .success(["3", "y"])), (5, .success(["4", "z"])), (6, .failure(.unclosedQuote)),
            ])
        expect(
            "a\n\"open\nb\nc\n",
            [(1, .success(["a"])), (2, .failure(.unclosedQuote)), (3, .success(["b"])), (4, .success(["c"]))])
    }

    @Test("A record that is too long is given up, and the file goes on")
    func tooLong() {
        let long = String(repeating: "x", count: CSVReader.longest + 10)
        let records = read(Array("a\n\(long)\nb\n\"\(long)\nc\n".utf8), chunk: 5000)
        #expect(records.map(\.line) == [1, 2, 3, 4, 5])
        #expect(
            records.map(\.fields) == [
                .success(["a"]), .failure(.tooLong), .success(["b"]), .failure(.tooLong), .success(["c"]),
            ])
    }
}
