import CivilTime
import RightsRegistry
import StrictJSON
import Testing

@Suite struct NIRTests {
    private static let valid = [
        "206127511100564", "185057800608491", "269054958815780", "294037512000591", "184062A00401238",
        "191072B03300737", "199029913400177", "184069710101266", "785019999900108", "184067505608297",
        "184067505608101",
    ]

    @Test(arguments: valid) func aValidNumberIsReadAndWrittenAgain(text: String) throws {
        let nir = try NIR(text)
        #expect(nir.canonical == text.prefix(13))
        #expect(nir.full == text)
        #expect(nir.key == Int(text.suffix(2)))
        #expect(nir.isProvisional == text.hasPrefix("7"))
    }

    @Test(arguments: [
        "1 84 06 2A 004 012 38", " 184062a00401238 ", "1.84.06.2A.004.012-38", "1\u{A0}84\u{202F}062A004012\u{2011}38",
    ])
    func spacesDotsHyphensAndCaseAreForgiven(text: String) throws {
        #expect(try NIR(text) == NIR("184062A00401238"))
    }

    @Test func everyChangeOfOneDigitIsRefused() throws {
        let digits = Array("185057800608491")
        for index in digits.indices {
            for digit in "0123456789" where digit != digits[index] {
                var changed = digits
                changed[index] = digit
                #expect(throws: NIRError.self, "\(String(changed))") { try NIR(String(changed)) }
            }
        }
    }

    @Test func everySwapOfNeighboursIsRefused() throws {
        let digits = Array("185057800608491")
        for index in digits.indices.dropLast() where digits[index] != digits[index + 1] {
            var swapped = digits
            swapped.swapAt(index, index + 1)
            #expect(throws: NIRError.key, "\(String(swapped))") { try NIR(String(swapped)) }
        }
    }

    @Test(
        arguments: [
            ("", .length), ("1850578006084", .length), ("1850578006084911", .length), ("18505780060849", .length),
            ("18505780060849X", .characters), ("1850578A0608491", .characters), ("184062C00401238", .characters),
            ("184063A00401238", .characters), ("1840620A0401238", .characters), ("085057800608491", .characters),
            ("985057800608491", .characters), ("１85057800608491", .characters), ("185057800608400", .key),
            ("185057800608498", .key), ("184062B00401238", .key),
        ] as [(String, NIRError)])
    func whatIsWrongIsNamed(text: String, error: NIRError) { #expect(throws: error) { try NIR(text) } }

    /// A number with the key that fits it, for the rules that the key does not tell.
    private func numbered(_ thirteen: String) throws -> NIR {
        let key = 97 - (try #require(Int(thirteen))) % 97
        return try NIR(thirteen + (key < 10 ? "0" : "") + String(key))
    }

    @Test(arguments: ["01", "12", "20", "30", "31", "42", "50", "62", "99"])
    func monthsOutsideTheCalendarOccur(month: String) throws {
        #expect(try numbered("185\(month)78006084").key > 0)
    }

    @Test(arguments: ["00", "13", "19", "43", "49"]) func otherMonthsDoNot(month: String) {
        #expect(throws: NIRError.month) { try numbered("185\(month)78006084") }
    }

    @Test(arguments: ["01006", "20004", "95100", "96001", "97105", "97601", "98818", "99134"])
    func departmentsOverseasAndBirthsAbroadAreKnown(place: String) throws {
        #expect(try numbered("18505\(place)084").key > 0)
    }

    @Test(arguments: ["00006", "97001", "98901"]) func otherDepartmentsAreNot(place: String) {
        #expect(throws: NIRError.department) { try numbered("18505\(place)084") }
    }

    @Test(arguments: ["3", "4", "5", "6", "7", "8"]) func provisionalNumbersStartWithThreeToEight(first: String) throws
    {
        #expect(try numbered("\(first)850199999001").isProvisional)
        #expect(try numbered("\(first)850000999001").isProvisional)
    }
}

@Suite struct SubjectTests {
    private static let today = CalendarDate("2026-11-23")!
    private static let least: [String: JSON] = [
        "birthName": "Martin", "givenNames": ["Jeanne"], "birthDate": "1985-05-17", "sex": "F",
    ]

    private func subject(_ members: [String: JSON] = [:]) throws -> Subject {
        let json = JSON.object(Self.least.merging(members) { $1 })
        return try ObjectReader.read(json, at: "/subject") { Subject(reading: &$0, today: Self.today) }
    }

    @Test func aSubjectIsReadAndItsNamesTrimmed() throws {
        let subject = try subject([
            "birthName": "  Le Gall ", "usageName": " ", "givenNames": ["Anne-Gaëlle", " Zoé"], "birthPlace": "2a 004",
            "nir": "2 85 05 2A 004 012 \(try key("285052A004012"))",
        ])
        #expect(subject.birthName == "Le Gall")
        #expect(subject.usageName == nil)
        #expect(subject.givenNames == ["Anne-Gaëlle", "Zoé"])
        #expect(subject.birthDate.description == "1985-05-17")
        #expect(subject.sex == .female)
        #expect(subject.birthPlace == "2A004")
        #expect(subject.nir?.canonical == "285052A004012")
    }

    private func key(_ thirteen: String) throws -> String {
        let number = try #require(Int(thirteen.replacing("2A", with: "19")))
        let key = 97 - number % 97
        return (key < 10 ? "0" : "") + String(key)
    }

    @Test func whatIsSealedIsReadAgain() throws {
        let whole = try subject([
            "usageName": "Dupont", "birthPlace": "99109", "nir": "185057800608491", "nirHolder": "own",
            "otherIdentifiers": [["nir": "184062A00401238", "birthDate": "1984-06-01", "sex": "M"]],
        ])
        for subject in [whole, try subject()] {
            #expect(try Subject(json: JSON(parsing: subject.json.canonicalBytes)) == subject)
        }
        #expect(
            try subject().json.canonical
                == #"{"birthDate":"1985-05-17","birthName":"Martin","givenNames":["Jeanne"],"sex":"F"}"#)
    }

    @Test func aBirthInTheFutureIsRefusedWhenFiledAndNotWhenReadAgain() throws {
        #expect(try subject(["birthDate": "2026-11-23"]).age(on: Self.today) == 0)
        #expect(
            try Subject(json: JSON.object(Self.least.merging(["birthDate": "2030-01-01"]) { $1 })).age(on: Self.today)
                < 0)
    }

    @Test(
        arguments: [
            ("birthName", .null, "", "required"), ("birthName", " \u{A0}", "", "required"),
            ("birthName", "A\u{0}", "", "controlCharacter"), ("birthName", "A\nB", "", "controlCharacter"),
            ("birthName", "A\u{202E}B", "", "controlCharacter"),
            ("birthName", .string(String(repeating: "é", count: 101)), "", "tooLong"),
            ("usageName", 3, "", "wrongType"), ("givenNames", [], "", "required"),
            ("givenNames", "Anne", "", "wrongType"),
            ("givenNames", ["Anne", " "], "/1", "required"), ("birthDate", "1985-02-30", "", "date"),
            ("birthDate", "17/05/1985", "", "date"), ("birthDate", "2026-11-24", "", "date.future"),
            ("birthDate", "1879-12-31", "", "date.tooOld"), ("sex", "X", "", "notOneOf"),
            ("birthPlace", "7505", "", "birthPlace"), ("birthPlace", "2C004", "", "birthPlace"),
            ("birthPlace", "00001", "", "birthPlace"), ("birthPlace", "7A056", "", "birthPlace"),
            ("nir", "185057800608492", "", "nir.key"), ("nir", "1850578006084", "", "nir.length"),
            ("nir", 185_057_800_608_491, "", "wrongType"), ("nationality", "FR", "", "unknownField"),
            ("otherIdentifiers", [["nir": "185057800608491", "birthDate": "1985-05-17"]], "/0/sex", "required"),
            (
                "otherIdentifiers", [["nir": "185057800608490", "birthDate": "1985-05-17", "sex": "F"]], "/0/nir",
                "nir.key"
            ),
        ] as [(String, JSON, String, String)])
    func whatIsWrongIsToldWithItsPlace(member: String, value: JSON, place: String, code: String) throws {
        let errors = try #require(#expect(throws: FieldErrors.self) { try subject([member: value]) }).errors
        #expect(errors.map(\.pointer) == ["/subject/\(member)\(place)"])
        #expect(errors.map(\.code) == [code])
    }

    @Test func tooManyOthersAreRefused() throws {
        let other: JSON = ["nir": "185057800608491", "birthDate": "1985-05-17", "sex": "F"]
        let json = JSON.array(Array(repeating: other, count: 11))
        let errors = try #require(#expect(throws: FieldErrors.self) { try subject(["otherIdentifiers": json]) }).errors
        #expect(errors == [FieldError(pointer: "/subject/otherIdentifiers", code: "tooMany", arguments: ["10"])])
    }

    @Test func anIdentifierIsWrittenAsThePseudonymWantsIt() throws {
        let birth = try #require(CalendarDate("0985-05-07"))
        #expect(
            Identifier(nir: try NIR("184062A00401238"), birthDate: birth, sex: .male).canonical
                == "184062A004012|09850507|1")
        #expect(
            try subject(["nir": "269054958815780", "nirHolder": "own"]).identifiers.map(\.canonical) == [
                "2690549588157|19850517|2"
            ])
    }

    @Test func theIdentifiersOfAPersonAreNumberedOwnFirstAndEachOnce() throws {
        let own: JSON = ["nir": "1 85 05 78 006 084 91", "birthDate": "1985-05-17", "sex": "F"]
        let sameNumberOtherSex: JSON = ["nir": "185057800608491", "birthDate": "1985-05-17", "sex": "M"]
        let parents: JSON = ["nir": "184062a00401238", "birthDate": "1985-05-17", "sex": "F"]
        let subject = try subject([
            "nir": "185057800608491", "nirHolder": "own",
            "otherIdentifiers": [sameNumberOtherSex, own, parents, sameNumberOtherSex],
        ])
        #expect(
            subject.identifiers.map(\.canonical) == [
                "1850578006084|19850517|2", "1850578006084|19850517|1", "184062A004012|19850517|2",
            ])
    }

    @Test func someoneWithoutANumberHasNoIdentifier() throws { #expect(try subject().identifiers.isEmpty) }

    @Test(arguments: [("2003-05-16", 17), ("2003-05-17", 18), ("2003-05-18", 18)])
    func theAgeIsInWholeYears(day: String, age: Int) throws {
        #expect(try subject().age(on: try #require(CalendarDate(day))) == age)
    }

    @Test func nothingOfAnIdentityIsPrinted() throws {
        let subject = try subject(["nir": "185057800608491", "nirHolder": "own"])
        var dumped = ""
        dump(subject, to: &dumped)
        dump(subject.identifiers, to: &dumped)
        for text in ["\(subject)", "\(subject.identifiers)", "\(subject.nir as Any)", dumped] {
            #expect(!text.contains("Martin") && !text.contains("85057") && !text.contains("1985"))
        }
    }
}

@Suite struct RequesterAndContactTests {
    @Test func aRequesterIsReadAndWrittenAgain() throws {
        let requester = try Requester(json: ["name": " Paul Martin ", "organisation": "UDAF"])
        #expect(requester.name == "Paul Martin")
        #expect(try Requester(json: requester.json) == requester)
        let errors = try #require(#expect(throws: FieldErrors.self) { try Requester(json: ["role": "x"]) }).errors
        #expect(errors.map(\.pointer) == ["/name", "/role"])
        #expect(Capacity.allCases.filter { !$0.actsForAnother } == [.dataSubject])
    }

    @Test func aContactMayBeEmpty() throws {
        #expect(try Contact(json: [:]).json == [:])
        let contact = try Contact(json: ["email": " a.b+c@sous.exemple.fr ", "postal": "1, rue X\n29200 Brest"])
        #expect(contact.email == "a.b+c@sous.exemple.fr")
        #expect(try Contact(json: contact.json) == contact)
    }

    @Test(arguments: [
        "exemple.fr", "@exemple.fr", "a@", "a@b", "a@b@c.fr", "a b@exemple.fr", "a@exemple..fr", "a@-exemple.fr",
        "a@exemple-.fr",
        "<a@exemple.fr>", "a@exemple.fr, b@exemple.fr", "\"a\"@exemple.fr", "hélène@exemple.fr", "a@exemple.fr.",
    ])
    func anAddressThatNoMailReachesIsRefused(email: String) throws {
        let errors = try #require(#expect(throws: FieldErrors.self) { try Contact(json: ["email": .string(email)]) })
        #expect(errors.errors == [FieldError(pointer: "/email", code: "email")])
    }

    @Test func anAddressCarriesNoSecondLine() throws {
        let errors = try #require(
            #expect(throws: FieldErrors.self) { try Contact(json: ["email": "a@exemple.fr\r\nBcc: b@exemple.fr"]) })
        #expect(errors.errors.map(\.code) == ["controlCharacter"])
    }
}

@Suite("Traits that a provider of identities has verified")
struct ProvenTraitsTests {
    private static let angela: [String: JSON] = [
        "sub": "s", "given_name": "Angela Claire Louise", "family_name": "DUBOIS", "gender": "female",
        "birthdate": "1962-08-24", "birthplace": "75107", "birthcountry": "99100",
    ]

    private static func traits(_ changes: [String: JSON]) -> ProvenTraits? {
        ProvenTraits(claims: .object(angela.merging(changes) { $1 }))
    }

    @Test("FranceConnect's claims are read, and come back from what is sealed")
    func claims() throws {
        let traits = try #require(Self.traits(["preferred_username": "MARTIN"]))
        #expect(traits.birthName == "DUBOIS" && traits.usageName == "MARTIN")
        #expect(traits.givenNames == ["Angela", "Claire", "Louise"])
        #expect(traits.birthDate == CalendarDate("1962-08-24") && traits.sex == .female)
        #expect(traits.birthPlace == "75107")
        #expect(ProvenTraits(json: traits.json) == traits)
        #expect(!"\(traits)".contains("DUBOIS"))
    }

    @Test("A birth abroad has its country, a date that the civil register does not know whole is left out")
    func gaps() throws {
        #expect(Self.traits(["birthplace": "", "birthcountry": "99109"])?.birthPlace == "99109")
        #expect(Self.traits(["birthplace": "", "birthcountry": "99100"])?.birthPlace == nil)
        for date in ["1962-00-00", "1962-08-00", "1962", ""] {
            let traits = try #require(Self.traits(["birthdate": .string(date)]))
            #expect(traits.birthDate == nil)
        }
        #expect(Self.traits(["gender": "unspecified"])?.sex == nil)
        #expect(Self.traits(["preferred_username": "DUBOIS"])?.usageName == nil)
    }

    @Test("Nobody is recognised without a name")
    func nameless() {
        for name in ["", "  "] {
            #expect(Self.traits(["family_name": .string(name)]) == nil)
            #expect(Self.traits(["given_name": .string(name)]) == nil)
        }
        #expect(Self.traits(["sub": .null]) == nil)
    }

    // MARK: Agreement

    private static func subject(_ changes: [String: JSON] = [:]) throws -> Subject {
        let written: [String: JSON] = [
            "birthName": "Dubois", "givenNames": ["Angela", "Claire"], "birthDate": "1962-08-24", "sex": "F",
        ]
        return try Subject(json: .object(written.merging(changes) { $1 }))
    }

    @Test(
        "Case, accents, hyphens, apostrophes and spaces make no other person",
        arguments: [
            ("DUBOIS", "Dubois"), ("D ARC", "d’Arc"), ("DARC", "D'Arc"), ("LE GOFF-CŒUR", "Le Goff Coeur"),
            ("KERVEZEC", "Kervézec"), ("NUÑEZ", "Nun\u{303}ez"), ("LØVÆG", "Lovaeg"), ("МАРИЯ", "Мария"),
        ])
    func sameBirthName(proven: String, written: String) throws {
        let traits = try #require(Self.traits(["family_name": .string(proven)]))
        #expect(traits.agree(with: try Self.subject(["birthName": .string(written)])))
        #expect(traits.agree(with: try Self.subject(["birthName": .string(proven)])))
    }

    @Test(
        "The first given name is the same, in however many pieces either register has it",
        arguments: [
            ("Angela Claire", ["Angela"], true), ("Angela Claire", ["ANGÉLA", "Louise"], true),
            ("Jean Paul Marie", ["Jean-Paul"], true), ("Jean-Paul", ["Jean", "Paul"], true),
            ("Jean-Paul", ["Jean"], false), ("Jean", ["Jean-Paul"], false), ("Angela Claire", ["Claire"], false),
            ("Angela", ["Angelo"], false), ("-", ["-"], false),
        ] as [(String, [String], Bool)])
    func firstGivenName(proven: String, written: [String], isSame: Bool) throws {
        let traits = try #require(Self.traits(["given_name": .string(proven)]))
        #expect(traits.agree(with: try Self.subject(["givenNames": .array(written.map(JSON.string))])) == isSame)
    }

    @Test("Another birth name, date or sex is another person, and so is one of whom the provider does not know it")
    func otherPeople() throws {
        let traits = try #require(Self.traits([:]))
        let others: [[String: JSON]] = [
            ["birthName": "Dubos"], ["birthName": "Martin", "usageName": "Dubois"], ["birthDate": "1962-08-25"],
            ["sex": "M"], ["givenNames": ["Claire", "Angela"]],
        ]
        for other in others { #expect(!traits.agree(with: try Self.subject(other)), "\(other)") }
        for unknown in ["birthdate", "gender"] {
            let traits = try #require(Self.traits([unknown: .null]))
            #expect(!traits.agree(with: try Self.subject()))
        }
        let nameless = try #require(Self.traits(["family_name": "--"]))
        #expect(!nameless.agree(with: try Self.subject(["birthName": "--"])))
    }

    @Test(
        "The place of birth counts where both have one; a city and its arrondissement are one",
        arguments: [
            ("75107", nil, true), ("", "75056", true), ("75107", "75107", true), ("75107", "75056", true),
            ("75056", "75107", true), ("69123", "69385", true), ("13216", "13055", true), ("75107", "75108", false),
            ("75107", "69123", false), ("2A004", "2A004", true), ("2A004", "2B033", false),
        ] as [(String, String?, Bool)])
    func placeOfBirth(proven: String, written: String?, isSame: Bool) throws {
        let traits = try #require(Self.traits(["birthplace": .string(proven)]))
        let subject = try Self.subject(written.map { ["birthPlace": .string($0)] } ?? [:])
        #expect(traits.agree(with: subject) == isSame)
    }

    @Test(
        "A name in full is the person's, in either order, and holds nobody else's",
        arguments: [
            ("Angela Dubois", true), ("DUBOIS Angela Claire", true), ("angéla claire louise du-bois", false),
            ("Angela Martin", true), ("Angela", false), ("Dubois", false), ("Claire Dubois", false),
            ("Angela Dubois Durand", false), ("Angela Dubois et Paul Dubois", false), ("", false),
        ])
    func fullName(name: String, isTheirs: Bool) throws {
        let traits = try #require(Self.traits(["preferred_username": "MARTIN"]))
        #expect(traits.agree(withName: name) == isTheirs)
    }
}
