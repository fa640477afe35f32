import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry
import StrictJSON
import Testing

@testable import TransparencyAPI

/// The project's own `templates/`, `site/` and `public/`: what people will see is what is tested.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

@Suite("What people read")
struct WordsTests {
    @Test("Dates are written in words, the first of the month as “1er” in French only")
    func dates() throws {
        let date = try #require(CalendarDate(year: 2026, month: 11, day: 23))
        #expect(Words(.fr).dateWithWeekday(date) == "lundi 23\u{A0}novembre 2026")
        #expect(Words(.en).dateWithWeekday(date) == "Monday 23\u{A0}November 2026")
        let first = try #require(CalendarDate(year: 2026, month: 4, day: 1))
        #expect(Words(.fr).date(first) == "1er\u{A0}avril 2026")
        #expect(Words(.en).date(first) == "1\u{A0}April 2026")
    }

    @Test("A moment is told on the institution's clocks")
    func moments() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Paris"))
        let instant = try #require(Instant("2026-03-31T22:05:00Z"))
        #expect(Words(.fr).moment(instant, in: zone) == "1er\u{A0}avril 2026 à 0\u{A0}h\u{A0}05")
        #expect(Words(.en).moment(instant, in: zone) == "1\u{A0}April 2026 at 0:05")
    }

    @Test("Numbers are grouped, and zero is singular in French alone")
    func numbers() {
        #expect(Words(.fr).number(1_234_567) == "1\u{202F}234\u{202F}567")
        #expect(Words(.en).number(1_234_567) == "1,234,567")
        #expect(Words(.en).number(999) == "999")
        #expect(Words(.fr).projects(0) == "0\u{A0}projet")
        #expect(Words(.en).projects(0) == "0\u{A0}projects")
    }

    @Test("A social security number is shown in its usual groups, and anything else as it stands")
    func socialSecurityNumbers() {
        #expect(Words.nir("184062A00401238") == "1\u{A0}84\u{A0}06\u{A0}2A\u{A0}004\u{A0}012\u{A0}38")
        #expect(Words.nir("12 34") == "12 34")
    }

    @Test("Every code of a field error has words of its own", arguments: Language.allCases)
    func fieldErrors(_ language: Language) {
        let texts = FieldErrorTexts(language)
        let unknown = texts.text(pointer: "", code: "no such code")
        let codes = [
            "required", "unknownField", "wrongType", "tooLong", "tooShort", "tooMany", "notOneOf", "outOfRange", "date",
            "date.future", "date.tooOld", "nir.length", "nir.characters", "nir.key", "nir.month", "nir.department",
            "email", "controlCharacter", "birthPlace", "secret.mistyped", "secret.length", "secret.characters",
            "nir.holder", "scope.unknown", "scope.notCovered", "scope.notInForce", "task.none", "capacity.ofAge",
            "capacity.tooYoung", "objection.unknown", "sendAgain", "receivedOn.future", "receivedOn.tooOld",
            "extension.tooLate", "notFound", "task.asked", "task.outOfScope", "task.nowhere", "task.noIdentifier",
            "task.notForRight", "task.notOpen", "task.reasons", "impossible.notForRight", "impossible.applied",
            "impossible.stopped", "impossible.answered", "impossible.notDisproportionate", "file.type",
            "file.answerType", "file.answerTooLarge", "package.wrong", "package.none", "package.noAddress",
            "package.noLetters", "package.onItsWay", "package.tooMany",
        ]
        #expect(Set(codes.map { texts.text(pointer: "", code: $0) } + [unknown]).count == codes.count + 1)
    }

    @Test("A text of the register that exists in the other language alone says so")
    func languages() {
        let phrase = Phrase(fr: " ", en: "Only English", in: .fr)
        #expect(phrase?.text == "Only English")
        #expect(phrase?.lang == "en")
        #expect(Phrase(fr: "Les deux", en: "Both", in: .fr)?.lang == nil)
        #expect(Phrase(fr: nil, en: nil, in: .fr) == nil)
    }

    @Test("A long text keeps every paragraph, folded or not")
    func prose() throws {
        let paragraphs = (1...9).map { "\($0) " + String(repeating: "mot ", count: 60).dropLast() }
        let prose = try #require(Prose(Phrase(paragraphs.joined(separator: "\n \n")), foldAfter: 500))
        #expect(prose.lead + prose.rest == paragraphs)
        #expect(prose.isLong && !prose.lead.isEmpty)
        #expect(Prose(Phrase("\n \n")) == nil)
    }

    @Test(
        "Only web addresses of the register become links",
        arguments: ["javascript:alert(1)", "data:text/html,x", "//evil.example", " https://x.example"])
    func links(_ address: String) {
        #expect(WebLink(address) == nil)
        #expect(WebLink("HTTPS://x.example")?.href == "HTTPS://x.example")
    }
}

@Suite("Templates")
struct TemplatesTests {
    private let templates: Templates
    private let site: Site

    init() throws {
        templates = try Templates(directory: root.appending(path: "templates"))
        site = try Site(directory: root.appending(path: "site"))
    }

    private func frame(_ language: Language, _ page: PagePath) -> PageFrame {
        PageFrame(site: site, language: language, page: page, title: "Titre", assets: AssetURLs { $0 })
    }

    @Test("A quotation mark with a combining mark after it does not end an attribute")
    func escaping() {
        let address = ProjectListAddress(language: .fr, text: "\"\u{301} autofocus <b> &", chosen: [:], sort: nil)
        let page = ProjectsPage(
            frame: frame(.fr, .projects), address: address, sort: .title, results: ProjectResults(), datasets: [:],
            cursor: nil)
        #expect(templates.render(page).contains("value=\"&quot;\u{301} autofocus &lt;b&gt; &amp;\""))
    }

    @Test("Each page says its language, its twin and that the data are made up", arguments: Language.allCases)
    func frames(_ language: Language) {
        let html = templates.render(FollowPage(frame: frame(language, .follow)))
        #expect(html.contains("<html lang=\"\(language.rawValue)\">"))
        let twin = PagePath.follow.path(in: language.other)
        #expect(html.contains("hreflang=\"\(language.other.rawValue)\" href=\"\(twin)\""))
        #expect(html.contains("class=\"demo\""))
        #expect(!html.contains("style=") && !html.contains("<style") && !html.contains(" onclick"))
    }

    private func step(_ step: RequestStep, _ answers: RequestAnswers, _ errors: [FieldError] = []) -> StepFrame {
        StepFrame(step, in: answers, keptUntil: "11 h 42", minutes: 30, errors: errors, language: .fr)
    }

    @Test("The form gives each error to its field, in its words, and to the summary")
    func formErrors() {
        var answers = RequestAnswers(
            idempotencyKey: "k",
            [
                "birthDay": "31", "birthMonth": "2", "birthYear": "1985", "nir": "1850578006084", "otherNumbers": "2",
                "otherNir1": "123",
            ])
        #expect(answers.birthDate == "1985-02-31")
        let errors = [
            // The first one begun is the second on the page.
            FieldError(pointer: "/subject/otherIdentifiers/0/nir", code: "nir.length"),
            FieldError(pointer: "/subject/nir", code: "nir.length"),
            FieldError(pointer: "/subject/birthDate", code: "date"),
        ]
        let page = RequestPersonPage(
            frame: frame(.fr, .requestStep(.person)), step: step(.person, answers, errors), answers: answers,
            asksNIRHolder: false)
        // The order of the form, not that of the service.
        #expect(page.step.summary?.lines.map(\.href) == ["#birthDay", "#nir", "#otherNir1"])
        let html = templates.render(page)
        #expect(html.contains("aria-describedby=\"nir-hint nir-error\" aria-invalid=\"true\""))
        #expect(html.contains("id=\"birthDay-error\""))
        #expect(html.contains("value=\"1850578006084\""))
        #expect(!html.contains("name=\"nirHolder\""))
        answers["capacity"] = "parentalAuthorityHolder"
        #expect(html.contains("Qui êtes-vous"))
    }

    @Test("Whose number it is is asked kindly, with two answers, where the service is in doubt")
    func nirHolder() {
        let answers = RequestAnswers(idempotencyKey: "k", ["nirHolder": "insuredParent"])
        let doubt = FieldError(pointer: "/subject/nirHolder", code: "nir.holder")
        for language in Language.allCases {
            let page = RequestPersonPage(
                frame: frame(language, .requestStep(.person)),
                step: StepFrame(
                    .person, in: answers, keptUntil: nil, minutes: 30, errors: [doubt], language: language),
                answers: answers, asksNIRHolder: true)
            #expect(page.nirHolder?.items.map(\.value) == ["insuredParent", "own"])
            #expect(page.step.summary?.lines.map(\.href) == ["#nirHolder"])
            let html = templates.render(page)
            #expect(html.contains("id=\"nirHolder\" name=\"nirHolder\" value=\"insuredParent\" checked"))
        }
    }

    @Test("Someone old enough is handed their own form, someone too young to a parent", arguments: Language.allCases)
    func ages(_ language: Language) {
        let answers = RequestAnswers(idempotencyKey: "k")
        for isOfAge in [true, false] {
            let html = templates.render(
                RequestAgePage(
                    frame: frame(language, .requestStep(.age)), step: step(.age, answers), isOfAge: isOfAge, age: 15))
            #expect(html.contains("15"))
            #expect(html.contains("name=\"act\" value=\"minor\"") == isOfAge)
            #expect(html.contains("name=\"act\" value=\"parent\"") != isOfAge)
            #expect(html.contains("href=\"\(RequestStep.person.page.path(in: .fr))\""))
        }
    }

    @Test("Each right says what it does, what it does not, and asks for what it needs", arguments: Language.allCases)
    func rights(_ language: Language) {
        let html = templates.render(RightsPage(frame: frame(language, .rights), site: site))
        for right in Right.allCases {
            let words = RightWords(right, site, language)
            for text in words.does + words.doesNot + [words.title, words.lede, words.time, words.needs] {
                #expect(html.contains(text.replacing("'", with: "&#39;")), "\(text)")
            }
            #expect(html.contains("?right=\(right.rawValue)\""))
            #expect(!words.does.isEmpty && !words.doesNot.isEmpty)
        }
    }

    @Test("The secret is shown in seven groups of four")
    func secrets() {
        let page = RequestFiledPage(
            frame: frame(.en, .request), right: .objection, standing: RightTexts.Standing(), hasDueDate: true,
            reference: "R-2026-7KQ2ZD",
            secret: "7KQ2-ZDM4-X9P1-TW6R-0HJ5-V8BC-N3EF",
            receivedOn: "today", dueOn: "soon", minutes: 30, follow: "https://regard.example/en/follow",
            complaint: "To the CNIL.")
        #expect(page.secretGroups == ["7KQ2", "ZDM4", "X9P1", "TW6R", "0HJ5", "V8BC", "N3EF"])
        #expect(templates.render(page).contains("data-copy=\"7KQ2 ZDM4 X9P1 TW6R 0HJ5 V8BC N3EF\""))
    }

    @Test("Both languages have the same templates, with the same values in each")
    func twins() throws {
        let folder = root.appending(path: "templates")
        func names(_ language: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: language).path).sorted()
        }
        #expect(try names("fr") == names("en"))
        for name in try names("fr") {
            func tags(_ language: String) throws -> [String] {
                let text = try String(contentsOf: folder.appending(path: "\(language)/\(name)"), encoding: .utf8)
                return text.matches(of: /\{\{[^}]*\}\}/).map { String($0.output).replacing("\(language).", with: "") }
                    .sorted()
            }
            #expect(try tags("fr") == tags("en"), "\(name)")
        }
    }

    @Test("No high sign and no quotation mark of a French page falls to the start of a line")
    func frenchSpaces() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
        try FileManager.default.copyItem(at: root.appending(path: "templates"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        for language in Language.allCases {
            try "<p class=\"a :b\">Quoi ? « {{frame.title}} » : rien ; si !</p>".write(
                to: folder.appending(path: "\(language)/home.mustache"), atomically: true, encoding: .utf8)
        }
        let templates = try Templates(directory: folder)
        func home(_ language: Language) -> String {
            templates.render(
                HomePage(
                    frame: frame(language, .home), projects: 0, datasets: 0,
                    reach: Reach([], catalogue: [], in: language), recent: []))
        }
        #expect(
            home(.fr)
                == "<p class=\"a\u{A0}:b\">Quoi\u{A0}? «\u{A0}Titre\u{A0}»\u{A0}: rien\u{A0}; si\u{A0}!</p>")
        #expect(home(.en) == "<p class=\"a :b\">Quoi ? « Titre » : rien ; si !</p>")
    }

    @Test("A template that does not parse, or names one that is not there, is told with its file and line")
    func broken() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
        try FileManager.default.createDirectory(at: folder.appending(path: "fr"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "fr/home.mustache")
        try "one\n{{#open}}\ntwo".write(to: file, atomically: true, encoding: .utf8)
        let unclosed = #expect(throws: TemplatesError.self) { try Templates(directory: folder) }
        #expect(unclosed?.file == "fr.home")
        try "{{>fr.nowhere}}".write(to: file, atomically: true, encoding: .utf8)
        let missing = #expect(throws: TemplatesError.self) { try Templates(directory: folder) }
        #expect(missing?.description.contains("fr.nowhere") == true)
    }
}

@Suite("The site")
struct SiteTests {
    private let yaml: String

    init() throws {
        yaml = try String(contentsOf: root.appending(path: "site/site.yaml"), encoding: .utf8)
    }

    @Test(
        "A key that is unknown, missing or of the wrong type is named",
        arguments: [
            ("answerMonths: 1", "answerMonts: 1", "answerMonths"),
            ("answerMonths: 1", "answerMonths: 1\n  anotherMonths: 2", "periods.anotherMonths"),
            ("answerMonths: 1", "answerMonths: soon", "periods.answerMonths"),
            ("answerMonths: 1", "answerMonths: 0", "periods.answerMonths"),
            ("  audit.read: [auditor]\n", "", "permissions.audit.read"),
            ("timeZone: Europe/Paris", "timeZone: Europe/Nowhere", "calendar.timeZone"),
            ("  days: 1096", "  days: 29", "retention.days"),
            ("  ledgerDays: 365", "  ledgerDays: 29", "retention.ledgerDays"),
            ("  ledgerDays: 365\n", "", "retention.ledgerDays"),
            ("    access: { granted: 365", "    acces: { granted: 365", "retention.byRight.acces"),
            ("    access: { granted: 365", "    access: { grant: 365", "retention.byRight.access.grant"),
            ("    access: { granted: 365", "    access: { granted: 0", "retention.byRight.access.granted"),
        ])
    func strictness(_ written: String, _ instead: String, _ key: String) throws {
        #expect(yaml.contains(written))
        let error = #expect(throws: SiteError.self) {
            try Site(yaml: yaml.replacing(written, with: instead), file: "site.yaml")
        }
        #expect(error?.reason.contains(key) == true, "\(error?.reason ?? "no error")")
    }

    @Test("Colours that some can't read are refused")
    func contrast() throws {
        _ = try Site(yaml: yaml, file: "site.yaml")
        let error = #expect(throws: SiteError.self) {
            try Site(yaml: yaml.replacing("accent: \"#0f4c5c\"", with: "accent: \"#9ab8c0\""), file: "site.yaml")
        }
        #expect(error?.reason.contains("contrast") == true)
    }

    @Test("A site's text makes links of safe addresses only")
    func texts() throws {
        let blocks = TextBlock.blocks(of: "## Titre\nUn [lien](https://x.example) et [un](javascript:x).\n\n- a\n- b")
        #expect(blocks.map(\.heading) == ["Titre", nil, nil])
        #expect(blocks[1].paragraph?.runs.compactMap(\.href) == ["https://x.example"])
        #expect(blocks[2].list.count == 2)
    }
}
