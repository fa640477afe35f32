import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("Editing the register")
struct EditingTests {
    private func save(
        _ text: String, _ reference: String = "P-1", onto base: Int, by editor: String = "alix", id: String,
        in register: Register
    ) async throws -> SavedVersion {
        let content = try JSON(parsing: text)
        return try await register.database.write { connection in
            try RegisterEditing.save(
                content, .project, of: reference, onto: base, because: EditReason("Une correction"), by: editor, id: id,
                at: Register.noon, on: connection)
        }
    }

    @Test(
        "Versions come one upon the other, and whoever began from an older one is told what was done",
        arguments: EngineUnderTest.allCases)
    func conflicts(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let first = try await save(project("P-1"), onto: 0, id: "a", in: register)
            #expect(first == SavedVersion(n: 1, isNew: true, fields: [], isUnchanged: false))
            let second = try await save(project("P-1", title: "Autre"), onto: 1, by: "bea", id: "b", in: register)
            #expect(second == SavedVersion(n: 2, isNew: false, fields: ["title"], isUnchanged: false))
            #expect(try await save(project("P-1", title: "Autre"), onto: 2, id: "c", in: register).isUnchanged)
            let conflict = try await #require(throws: EditConflict.self) {
                try await save(project("P-1", status: "completed"), onto: 1, id: "d", in: register)
            }
            #expect(conflict.newest == 2)
            #expect(conflict.since.map(\.fields) == [["title"]])
            #expect(conflict.since.map(\.editor) == ["bea"])
            #expect(conflict.since.map(\.reason) == ["Une correction"])
            #expect(try await register.projects.project("P-1")?.project.title?.fr == "Autre")
            await #expect(throws: FieldErrors.self) {
                try await save(project("P-2"), onto: 2, id: "e", in: register)
            }
        }
    }

    @Test("Each field of a record has its place in the editor’s form", arguments: RecordKind.allCases)
    func fieldsAreWhole(kind: RecordKind) throws {
        let own = kind == .release ? "id" : "reference"
        let minimal = try JSON(parsing: "{\"\(own)\":\"X-1\"}")
        let names: [String] =
            switch kind {
            case .project: Project.read(minimal).record!.members.map(\.key)
            case .dataset: Dataset.read(minimal).record!.members.map(\.key)
            case .release: Release.read(minimal).record!.members.map(\.key)
            }
        #expect(Set(RegisterEditing.fields(of: kind).map(\.name) + [own]) == Set(names))
    }

    @Test(
        "Records that wait for something are listed to editors, and found by words or reference",
        arguments: EngineUnderTest.allCases)
    func lists(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .project, project("P-1", title: "Été 100 %"), project("P_2"), #"{"reference":"P-3"}"#)
            func found(_ text: String, unshown: Bool = false) async throws -> [String] {
                try await register.database.read { connection in
                    try EditableRecord.list(.project, text: text, unshownOnly: unshown, on: connection).map(\.reference)
                }
            }
            #expect(try await found("") == ["P-1", "P-3", "P_2"])
            #expect(try await found("ete") == ["P-1"])
            #expect(try await found("p_") == ["P_2"])
            #expect(try await found("%") == [])
            #expect(try await found("", unshown: true) == ["P-3"])
        }
    }
}
