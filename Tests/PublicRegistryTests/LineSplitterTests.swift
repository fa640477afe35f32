import Testing

@testable import PublicRegistry

@Suite struct LineSplitterTests {
    private func lines(of bytes: [UInt8], chunk: Int) -> [LineSplitter.Line] {
        var splitter = LineSplitter()
        var lines: [LineSplitter.Line] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            lines += splitter.split(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        return lines + [splitter.finish()].compactMap { $0 }
    }

    @Test(arguments: [1, 2, 3, 5, 1000])
    func theSameLinesComeOutHoweverTheBytesArrive(chunk: Int) {
        let bytes = [0xEF, 0xBB, 0xBF] + Array("one\r\n\n \t\ntwo\nthree".utf8)
        #expect(
            lines(of: bytes, chunk: chunk) == [
                .text(number: 1, bytes: Array("one".utf8)), .text(number: 4, bytes: Array("two".utf8)),
                .text(number: 5, bytes: Array("three".utf8)),
            ])
    }

    @Test func noLineComesOfNothing() {
        #expect(lines(of: [], chunk: 1).isEmpty)
        #expect(lines(of: Array("\n".utf8), chunk: 1).isEmpty)
    }

    @Test(arguments: [100, 1_048_576, 4_000_000])
    func aLineOfOneMegabyteIsTakenAndALongerOneIsNot(chunk: Int) {
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: 1_048_576)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let end = Array("\r\n".utf8)
        let bytes = mark + longest + end + longest + [UInt8(ascii: "b")] + end + mark + longest + Array("\nlast".utf8)
        #expect(
            lines(of: bytes, chunk: chunk) == [
                .text(number: 1, bytes: longest), .tooLong(number: 2), .tooLong(number: 3),
                .text(number: 4, bytes: Array("last".utf8)),
            ])
    }
}
