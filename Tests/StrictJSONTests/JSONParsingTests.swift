import StrictJSON
import Testing

@Suite struct JSONParsingTests {
    @Test func everyKindOfValueIsRead() throws {
        let json = try JSON(parsing: " {\"a\": [null, true, false, -12, 1.5, \"é\"],\r\n\t\"b\": {}, \"c\": []} ")
        #expect(json == ["a": [.null, true, false, -12, 1.5, "é"], "b": [:], "c": []])
        #expect(json["a"]?.array?[3].int == -12)
        #expect(json["a"]?.array?[4].double == 1.5)
        #expect(json["a"]?.array?[1].bool == true)
        #expect(json["b"]?.object?.isEmpty == true)
        #expect(json["missing"] == nil)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("12", 12), ("1.0", 1), ("1e2", 100), ("1200E-2", 12), ("-5.0", -5),
        ("999999999999999", 999_999_999_999_999), ("9007199254740991", 9_007_199_254_740_991),
        ("-9007199254740991", -9_007_199_254_740_991), ("1e-400", 0),
    ])
    func aWholeNumberIsOneHoweverItIsWritten(text: String, expected: Int64) throws {
        #expect(try JSON(parsing: text) == .integer(expected))
    }

    @Test(arguments: [
        ("0.1", 0.1), ("-2.5e-3", -0.0025), ("1e300", 1e300), ("9007199254740993", 9_007_199_254_740_992),
        ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0),
    ])
    func anyOtherNumberIsTheNearestDouble(text: String, expected: Double) throws {
        #expect(try JSON(parsing: text) == .number(expected))
    }

    @Test(arguments: [
        (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\uDE00!""#, "😀!"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000""#, "\0"), ("\"\u{7F}\u{10FFFF}\"", "\u{7F}\u{10FFFF}"), ("\"\"", ""), (#""\\""#, "\\"),
    ])
    func escapesAndCharactersAreRead(text: String, expected: String) throws {
        #expect(try JSON(parsing: text) == .string(expected))
    }

    @Test(
        arguments: [
            ("", 0, .unexpectedEnd), ("  ", 2, .unexpectedEnd), ("[1,", 3, .unexpectedEnd),
            ("{\"a\"", 4, .unexpectedEnd),
            ("\"abc", 4, .unexpectedEnd), ("\"abc\\", 5, .unexpectedEnd), ("tru", 3, .unexpectedEnd),
            ("1.", 2, .unexpectedEnd), ("-", 1, .unexpectedEnd), ("[1", 2, .unexpectedEnd),
            ("[1,]", 3, .unexpectedByte), ("{,}", 1, .unexpectedByte), ("{\"a\":1,}", 7, .unexpectedByte),
            ("{'a':1}", 1, .unexpectedByte), ("truE", 3, .unexpectedByte), ("NaN", 0, .unexpectedByte),
            ("+1", 0, .unexpectedByte), (".5", 0, .unexpectedByte), ("\u{FEFF}1", 0, .unexpectedByte),
            ("/**/1", 0, .unexpectedByte), ("\u{A0}1", 0, .unexpectedByte), ("{\"a\" 1}", 5, .unexpectedByte),
            ("1 2", 2, .trailingBytes), ("{}]", 2, .trailingBytes), ("null,", 4, .trailingBytes),
            ("01", 1, .malformedNumber), ("-012", 2, .malformedNumber), ("1.x", 2, .malformedNumber),
            ("1e+,", 3, .malformedNumber), ("-a", 1, .malformedNumber), ("[1e400]", 1, .numberOutOfRange),
            (#""a\x""#, 2, .malformedEscape), (#""\u12G4""#, 1, .malformedEscape), (#""\u12""#, 1, .malformedEscape),
            (#""\ud800""#, 1, .loneSurrogate), (#""a\udc00""#, 2, .loneSurrogate),
            (#""\ud800\ud800""#, 1, .loneSurrogate),
            (#""\ud800x\udc00""#, 1, .loneSurrogate), ("\"a\nb\"", 2, .controlCharacter),
            ("\"\0\"", 1, .controlCharacter),
            ("{\"a\":1,\"b\":2,\"a\":3}", 13, .duplicateKey), (#"{"a":1,"\u0061":3}"#, 7, .duplicateKey),
        ] as [(String, Int, JSONSyntaxError.Reason)])
    func whatIsNotJSONIsRefusedWithItsPlace(text: String, offset: Int, reason: JSONSyntaxError.Reason) {
        #expect(throws: JSONSyntaxError(offset: offset, reason: reason)) { try JSON(parsing: text) }
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 1), ([0x22, 0x61, 0xC3, 0x22], 2), ([0x22, 0xC0, 0xAF, 0x22], 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xC3, 0xA9, 0xF4, 0x90, 0x80, 0x80, 0x22], 3),
            ([0x22, 0x5C, 0x6E, 0x80, 0x22], 3),
        ] as [([UInt8], Int)])
    func bytesThatAreNotUTF8AreRefusedWithTheirPlace(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONSyntaxError(offset: offset, reason: .invalidUTF8)) { try JSON(parsing: bytes) }
    }

    @Test func depthIsLimited() throws {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSON(parsing: nested(32))
        #expect(throws: JSONSyntaxError(offset: 32, reason: .tooDeep)) { try JSON(parsing: nested(33)) }
        #expect(throws: JSONSyntaxError(offset: 2, reason: .tooDeep)) {
            try JSON(parsing: "[[{}]]", maximumDepth: 2)
        }
        #expect(throws: JSONSyntaxError(offset: 32, reason: .tooDeep)) { try JSON(parsing: nested(1_000_000)) }
    }

    @Test func everyPrefixOfATextIsRefused() throws {
        let text = Array(#"{"é": [1.5e+3, "\ud83d\ude00\n", {"b": null}], "c": -0.25}"#.utf8)
        _ = try JSON(parsing: text)
        for length in 0..<text.count {
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text[..<length]) }
        }
    }

    @Test func anyByteInAnyPlaceIsReadOrRefusedAndWhatIsReadIsWrittenAndReadAgain() throws {
        let text = Array(#"{"é":[1.5,"\u00e9",true],"c":-1}"#.utf8)
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                guard let json = try? JSON(parsing: changed) else { continue }
                #expect(try JSON(parsing: json.canonicalBytes) == json)
            }
        }
    }
}
