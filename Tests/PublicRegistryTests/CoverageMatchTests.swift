import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("Whom a dataset probably holds")
struct CoverageMatchTests {
    private static let today = CalendarDate("2026-03-05")!

    private func coverage(_ json: JSON) throws -> Coverage {
        var findings = Findings()
        return try #require(Coverage(reading: json, at: "", into: &findings))
    }

    private func whole() throws -> Coverage {
        try coverage([
            "careKinds": ["hospital", "emergency"], "regions": ["Aubelande", "Lysmer"],
            "period": ["startsOn": "2012-09-01", "endsOn": "2020-12-31"], "ages": ["from": 18, "to": 60],
        ])
    }

    private func match(_ facts: PersonalFacts) throws -> CoverageMatch? { try whole().match(facts, on: Self.today) }

    @Test("A kind of care that both name is what it begins with")
    func care() throws {
        #expect(try match(PersonalFacts(care: [.medicines])) == nil)
        let found = try #require(try match(PersonalFacts(care: [.emergency, .medicines, .hospital])))
        #expect(found.reasons == [.care([.hospital, .emergency])] && found.isProbable)
        #expect(try coverage(["individuals": 3]).match(PersonalFacts(care: [.hospital]), on: Self.today) == nil)
    }

    @Test("What both say and does not go together rules it out; what agrees is told as a reason")
    func rules() throws {
        func facts(region: String? = nil, from: Int? = nil, to: Int? = nil, age: Int? = nil) -> PersonalFacts {
            PersonalFacts(care: [.hospital], region: region, firstYear: from, lastYear: to, age: age)
        }
        #expect(try match(facts(region: "Valbrume")) == nil)
        #expect(try match(facts(region: "Lysmer"))?.reasons.last == .region("Lysmer"))
        #expect(try match(facts(to: 2011)) == nil && match(facts(from: 2021)) == nil)
        #expect(try match(facts(from: 2011, to: 2012))?.reasons.last == .since(year: 2012))
        #expect(try match(facts(from: 1990)) != nil && match(facts(to: 2020)) != nil)
        // Forty today: a child of ten in 1996 at the latest, grown up since 2004.
        #expect(try match(facts(age: 40))?.reasons.count == 2)
        #expect(try match(facts(age: 12)) == nil)
        // Seventy now, sixty in 2016; and too old for it in 2018 already.
        #expect(try match(facts(to: 2016, age: 70)) != nil)
        #expect(try match(facts(from: 2019, to: 2019, age: 80)) == nil)
        #expect(try match(facts(from: 2013, to: 2014, age: 20)) == nil)
    }

    @Test("A database about people with a disease, or in a study, holds perhaps those who tick only their care")
    func particular() throws {
        let registry = try coverage(["careKinds": ["registry", "hospital"]])
        let found = try #require(registry.match(PersonalFacts(care: [.hospital]), on: Self.today))
        #expect(found.unsaid == [.care([.registry])] && !found.isProbable)
        let told = try #require(registry.match(PersonalFacts(care: [.registry, .hospital]), on: Self.today))
        #expect(told.isProbable && told.reasons == [.care([.hospital, .registry])])
    }

    @Test("What the catalogue does not say makes it a perhaps, and is told")
    func unsaid() throws {
        let bare = try coverage(["careKinds": ["hospital"]])
        let found = try #require(
            bare.match(PersonalFacts(care: [.hospital], region: "Lysmer", firstYear: 2015, age: 40), on: Self.today))
        #expect(found.unsaid == [.region, .years, .ages] && !found.isProbable)
        #expect(try #require(bare.match(PersonalFacts(care: [.hospital]), on: Self.today)).isProbable)
    }

    @Test("A word that nobody knows is kept, told and compared with nothing", arguments: EngineUnderTest.allCases)
    func lenient(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let report = try await register.add(
                .dataset,
                #"{"reference":"D","title":{"fr":"Base"},"coverage":{"careKinds":["hospital","spa"],"regions":["Lysmer"]}}"#,
                #"{"reference":"E","title":{"fr":"Autre"}}"#, #"{"reference":"F"}"#)
            #expect(report.counts == [3, 3, 0, 0, 0])
            let covered = try await register.datasets.covered()
            #expect(covered.map(\.reference) == ["E", "D"])
            #expect(covered[1].coverage?.careKinds == ["hospital", "spa"] && covered[0].coverage == nil)
            let record = try #require(try await register.datasets.dataset("D"))
            #expect(record.json(api: "")["coverage"]?["careKinds"] == ["hospital", "spa"])
        }
    }
}
