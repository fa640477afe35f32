import StrictJSON
import Testing

@Suite struct ObjectReaderTests {
    private enum Colour: String, CaseIterable { case red, green }

    private struct Person: Equatable {
        var name: String
        var nickname: String?
        var age: Int?
        var colour: Colour
        var isFriend: Bool
        var town: String?
        var words: [String]?
        var pets: [String]?
    }

    private func person(_ text: String) throws -> Person {
        try ObjectReader.read(JSON(parsing: text)) { reader in
            let name = reader.string("name", maxLength: 5)
            let nickname = reader.optionalString("nickname")
            let age = reader.optionalInt("age", in: 0...150)
            let colour = reader.choice("colour", of: Colour.self)
            let isFriend = reader.bool("isFriend")
            let town = reader.optionalObject("address") { $0.string("town") }
            let words = reader.optionalArray("words", maxCount: 2) { json, pointer throws(FieldError) in
                try JSONValue.string(json, pointer, maxLength: 3)
            }
            let pets = reader.optionalObjects("pets") { $0.string("name") }
            guard let name, let colour, let isFriend else { return nil }
            return Person(
                name: name, nickname: nickname, age: age, colour: colour, isFriend: isFriend, town: town,
                words: words, pets: pets)
        }
    }

    private func errors(_ text: String) throws -> [FieldError] {
        let thrown = #expect(throws: FieldErrors.self) { try person(text) }
        return try #require(thrown).errors
    }

    @Test func whatIsRightIsRead() throws {
        let whole = try person(
            #"""
            {"name": "Zoé", "nickname": "Z", "age": 7, "colour": "green", "isFriend": true, "address": {"town": "Brest"},
             "words": ["un", "deu"], "pets": [{"name": "Rex"}]}
            """#)
        let expected = Person(
            name: "Zoé", nickname: "Z", age: 7, colour: .green, isFriend: true, town: "Brest", words: ["un", "deu"],
            pets: ["Rex"])
        #expect(whole == expected)
        let least = Person(name: "Zoé", colour: .red, isFriend: false)
        #expect(try person(#"{"name":"Zoé","colour":"red","isFriend":false}"#) == least)
        #expect(try person(#"{"name":"Zoé","nickname":" ","age":null,"colour":"red","isFriend":false}"#) == least)
    }

    @Test func everyErrorIsToldAtOnceWithItsPointer() throws {
        let found = try errors(
            #"""
            {"name": "Alexandre", "age": 200, "colour": "blue", "isFriend": "yes", "address": {"twon": "Brest"},
             "words": ["un", "quatre"], "pets": [{"name": "Rex"}, {"name": "Tom", "a/b~": 1}, 3], "zip": 1, "": 2}
            """#)
        #expect(
            found == [
                FieldError(pointer: "/name", code: "tooLong", arguments: ["5"]),
                FieldError(pointer: "/age", code: "outOfRange", arguments: ["0", "150"]),
                FieldError(pointer: "/colour", code: "notOneOf", arguments: ["red", "green"]),
                FieldError(pointer: "/isFriend", code: "wrongType", arguments: ["boolean"]),
                FieldError(pointer: "/address/town", code: "required"),
                FieldError(pointer: "/address/twon", code: "unknownField"),
                FieldError(pointer: "/words/1", code: "tooLong", arguments: ["3"]),
                FieldError(pointer: "/pets/1/a~1b~0", code: "unknownField"),
                FieldError(pointer: "/pets/2", code: "wrongType", arguments: ["object"]),
                FieldError(pointer: "/", code: "unknownField"),
                FieldError(pointer: "/zip", code: "unknownField"),
            ])
    }

    @Test func whatIsNoObjectIsOneErrorAndNotOneForEachMember() throws {
        #expect(try errors("[]") == [FieldError(pointer: "", code: "wrongType", arguments: ["object"])])
    }

    @Test(arguments: [
        (#""name":" ""#, "/name", "required"), (#""name":null"#, "/name", "required"),
        (#""name":5"#, "/name", "wrongType"), (#""name":"\u0000""#, "/name", "controlCharacter"),
        (#""name":"\u0085""#, "/name", "controlCharacter"),
    ])
    func aTextThatMustBeThereIsCheckedWhole(member: String, pointer: String, code: String) throws {
        let found = try errors("{\(member),\"colour\":\"red\",\"isFriend\":false}")
        #expect(found.map(\.pointer) == [pointer])
        #expect(found.map(\.code) == [code])
    }

    @Test func anArrayThatIsTooLongIsNotRead() throws {
        let found = try errors(#"{"name":"A","colour":"red","isFriend":false,"words":["quatre","quatre","quatre"]}"#)
        #expect(found == [FieldError(pointer: "/words", code: "tooMany", arguments: ["2"])])
    }

    @Test func aLengthIsCountedInCharactersAndNotInBytes() throws {
        #expect(try person(#"{"name":"éééàà","colour":"red","isFriend":true}"#).name == "éééàà")
    }

    @Test func aRuleOfTheCallerIsToldLikeTheOthers() throws {
        var reader = ObjectReader(["from": 2, "to": 1], at: "/period")
        let from = reader.int("from", in: 0...9)
        let to = reader.int("to", in: 0...9)
        if let from, let to, to < from { reader.fail("to", "beforeStart", String(from)) }
        reader.finish()
        #expect(throws: FieldErrors([FieldError(pointer: "/period/to", code: "beforeStart", arguments: ["2"])])) {
            try reader.orThrow()
        }
    }
}
