import StrictJSON
import Testing

/// The examples that RFC 8785 publishes: the numbers of its appendix B and the samples of its sections 3.2.2 and 3.2.3.
@Suite struct CanonicalJSONTests {
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
            (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"), (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"), (0xC340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"), (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
            (0x44B5_2D02_C7E1_4AF6, "1e+23"), (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
            (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"), (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
            (0x444B_1AE4_D6E2_EF50, "1e+21"), (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
            (0x3EB0_C6F7_A0B5_ED8D, "0.000001"), (0x41B3_DE43_5555_5553, "333333333.3333332"),
            (0x41B3_DE43_5555_5554, "333333333.33333325"), (0x41B3_DE43_5555_5555, "333333333.3333333"),
            (0x41B3_DE43_5555_5556, "333333333.3333334"), (0x41B3_DE43_5555_5557, "333333333.33333343"),
            (0xBECB_F647_612F_3696, "-0.0000033333333333333333"), (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func numbersAreWrittenAsECMAScriptWritesThem(bits: UInt64, expected: String) {
        #expect(JSON.number(Double(bitPattern: bits)).canonical == expected)
    }

    @Test(arguments: [
        (JSON.integer(-42), "-42"), (JSON.integer(9_007_199_254_740_991), "9007199254740991"),
        (JSON.integer(.max), "9223372036854776000"), (JSON.number(1), "1"), (JSON.number(0.5), "0.5"),
        (JSON.number(120), "120"), (JSON.number(.nan), "null"), (JSON.number(-.infinity), "null"),
    ])
    func whatWeMakeOurselvesIsWrittenTheSameWay(json: JSON, expected: String) { #expect(json.canonical == expected) }

    @Test func keysAreSortedByUTF16CodeUnits() throws {
        let json = try JSON(
            parsing: #"{"\u20ac":5,"\r":1,"\ufb33":7,"1":2,"\ud83d\ude00":6,"\u0080":3,"\u00f6":4,"":0}"#)
        #expect(
            json.canonical == "{\"\":0,\"\\r\":1,\"1\":2,\"\u{80}\":3,\"ö\":4,\"€\":5,\"😀\":6,\"\u{FB33}\":7}")
    }

    @Test func aKeyComesBeforeTheKeysItBegins() {
        let json: JSON = ["aa": 1, "a": 2, "a😀": 3, "a\u{FFFD}": 4, "aé": 5, "B": 6]
        #expect(json.canonical == "{\"B\":6,\"a\":2,\"aa\":1,\"aé\":5,\"a😀\":3,\"a\u{FFFD}\":4}")
    }

    @Test func theWholeSampleIsWrittenWithoutWhiteSpaceAndWithFewEscapes() throws {
        let json = try JSON(
            parsing: #"""
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                  "literals": [null, true, false]
                }
                """#)
        #expect(
            json.canonical
                == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
    }

    @Test func controlCharactersAreEscapedAndNothingElseIs() {
        #expect(JSON.string("\u{8}\t\n\u{C}\r\0\u{1F}").canonical == #""\b\t\n\f\r\u0000\u001f""#)
        #expect(JSON.string("\u{7F}</é\u{2028}").canonical == "\"\u{7F}</é\u{2028}\"")
    }

    @Test func absentMembersAreLeftOut() {
        #expect(JSON.object(ofPresent: ["a": 1, "b": nil, "c": .null]).canonical == #"{"a":1,"c":null}"#)
    }
}
