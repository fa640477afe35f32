import Crypto
import Testing
import Vault

@Suite("A code that opens a package")
struct PackageCodeTests {
    @Test("is ten characters, as people type them, and is kept as another value for each request")
    func code() throws {
        let code = PackageCode { count in (0..<count).map { UInt8($0) } }
        #expect(code.formatted == "01234-56789")
        let key = SymmetricKey(data: [UInt8](0..<32))
        let index = code.index(of: "R-2026-7KQ2MX", under: key)
        #expect(index.count == 32 && index != code.index(of: "R-2026-7KQ2MY", under: key))
        for entered in ["o1234 56789", "O l 2 3 4 5 6 7 8 9", "0123456789", "01234\u{2013}56789\n"] {
            #expect(PackageCode(entered: entered)?.index(of: "R-2026-7KQ2MX", under: key) == index, "\(entered)")
        }
        for entered in ["", "012345678", "01234567890", "U123456789", "é123456789"] {
            #expect(PackageCode(entered: entered) == nil, "\(entered)")
        }
        #expect("\(code)" != code.formatted && PackageCode().formatted != PackageCode().formatted)
    }
}
