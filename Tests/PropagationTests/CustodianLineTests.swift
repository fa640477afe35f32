import PublicRegistry
import Testing

@testable import Propagation

@Suite struct CustodianLineTests {
    @Test(arguments: [
        ("P-1", "P-1"), ("*", "*"), ("=1+1", "'=1+1"), ("-2", "'-2"), ("+3", "'+3"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("=\"x\"", "\"'=\"\"x\"\"\""), ("", ""),
    ])
    func whatASpreadsheetWouldRunIsText(text: String, cell: String) {
        #expect(CSV.cell(text) == cell)
    }

    @Test func aLineSaysWhatTheRowIs() {
        let row = CustodianLine(
            pseudonym: nil, token: [0xAB, 0x01], scope: "P-1", isActive: false, position: 12)
        #expect(row.csvLine == ",ab01,P-1,0,12\r\n")
    }
}
