public import CivilTime
import StrictJSON

/// Whom and what a dataset covers.
public struct Coverage: Sendable, Hashable {
    public let population: LocalizedText?
    /// How many persons.
    public let individuals: Int64?
    public let records: Int64?
    public let places: LocalizedText?
    /// The same as words of a vocabulary.
    public let spatial: [CodedTerm]
    public let period: Period?
    public let ages: AgeRange?
    /// What leaves data in it, as words of `CareKind`; others are kept, and compared with nothing.
    public let careKinds: [String]
    /// Names of the regions that it is about, as people choose them from a list; none where it is about all or does not say.
    public let regions: [String]

    var knownCareKinds: Set<CareKind> { Set(careKinds.compactMap(CareKind.init)) }
}

extension Coverage: RecordObject {
    init?(from reader: inout RecordReader) {
        population = reader.one("population")
        individuals = reader.one("individuals")
        records = reader.one("records")
        places = reader.one("places")
        spatial = reader.list("spatial", or: "spatialCoverage")
        period = reader.one("period")
        ages = reader.one("ages")
        careKinds = reader.list("careKinds")
        regions = reader.list("regions")
        for kind in careKinds where CareKind(rawValue: kind) == nil {
            reader.remark("careKinds", "unknownWord", kind)
        }
        if members.allSatisfy({ $0.value == nil }) { return nil }
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "population": population?.json, "individuals": individuals?.json, "records": records?.json,
            "places": places?.json,
            "spatial": spatial.json, "period": period?.json, "ages": ages?.json, "careKinds": careKinds.json,
            "regions": regions.json,
        ]
    }
}

extension Coverage {
    /// What a dataset says of it, in one object or in fields of its own, as the profiles of catalogues spell them.
    init?(ofDataset reader: inout RecordReader) {
        let own: Coverage? = reader.one("coverage")
        let ages = (from: reader.one("minTypicalAge") as Int64?, to: reader.one("maxTypicalAge") as Int64?)
        population = own?.population ?? reader.one("populationCoverage")
        individuals = own?.individuals ?? reader.one("numberOfUniqueIndividuals")
        records = own?.records ?? reader.one("numberOfRecords")
        places = own?.places
        spatial = own.flatMap { $0.spatial.isEmpty ? nil : $0.spatial } ?? reader.list("spatial", or: "spatialCoverage")
        period = own?.period ?? reader.one("temporal")
        self.ages = own?.ages ?? (ages.from ?? ages.to).map { _ in AgeRange(from: ages.from, to: ages.to) }
        careKinds = own?.careKinds ?? []
        regions = own?.regions ?? []
        if members.allSatisfy({ $0.value == nil }) { return nil }
    }
}

/// From a day to a day, either of which may be open.
public struct Period: Sendable, Hashable {
    public let startsOn: CalendarDate?
    public let endsOn: CalendarDate?
}

extension Period: RecordObject {
    init?(from reader: inout RecordReader) {
        startsOn = reader.one("startsOn", or: "startDate")
        endsOn = reader.one("endsOn", or: "endDate")
        if startsOn == nil && endsOn == nil { return nil }
    }

    var members: KeyValuePairs<String, JSON?> { ["startsOn": startsOn?.json, "endsOn": endsOn?.json] }
}

/// Ages in years, either end of which may be open.
public struct AgeRange: Sendable, Hashable {
    public let from: Int64?
    public let to: Int64?
}

extension AgeRange: RecordObject {
    init?(from reader: inout RecordReader) {
        from = reader.one("from")
        to = reader.one("to")
        if from == nil && to == nil { return nil }
    }

    var members: KeyValuePairs<String, JSON?> { ["from": from?.json, "to": to?.json] }
}

/// A form in which a dataset, or a sample of it, is to be had.
public struct Distribution: Sendable, Hashable {
    public let title: LocalizedText?
    public let description: LocalizedText?
    public let url: String?
    public let format: String?
    public let byteSize: Int64?
    public let rights: String?
}

extension Distribution: RecordObject {
    init?(from reader: inout RecordReader) {
        let url: WebAddress? = reader.one("url", or: "accessURL")
        title = reader.one("title")
        description = reader.one("description")
        self.url = url?.text
        format = reader.one("format")
        byteSize = reader.one("byteSize")
        rights = reader.one("rights")
        if members.allSatisfy({ $0.value == nil }) { return nil }
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "title": title?.json, "description": description?.json, "url": url?.json, "format": format?.json,
            "byteSize": byteSize?.json, "rights": rights?.json,
        ]
    }
}
