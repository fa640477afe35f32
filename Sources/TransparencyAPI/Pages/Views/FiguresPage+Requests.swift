import CivilTime
import PublicRegistry
import RightsRegistry

extension FiguresPage.Section {
    /// A right in a word or two, as a column has room for it.
    static func short(_ right: Right, _ language: Language) -> String {
        switch right {
        case .objection: language.pick(fr: "Opposition", en: "Objection")
        case .objectionWithdrawal: language.pick(fr: "Retrait d’opposition", en: "Withdrawal of an objection")
        case .access: language.pick(fr: "Accès", en: "Access")
        case .rectification: language.pick(fr: "Rectification", en: "Rectification")
        case .erasure: language.pick(fr: "Effacement", en: "Erasure")
        case .restriction: language.pick(fr: "Limitation", en: "Restriction")
        }
    }

    private static func tooFew(_ language: Language) -> String {
        language.pick(
            fr: "Trop peu de demandes pour en dire quelque chose sans parler de quelqu’un.",
            en: "Too few requests to say anything without speaking of somebody.")
    }

    private static func atLeast(_ count: ToldCount, _ words: Words) -> String? {
        count.isTold ? words.number(count.atLeast) : nil
    }

    /// Requests by right and month.
    static func requests(_ figures: RequestFigures, _ language: Language) -> FiguresPage.Section {
        let words = Words(language)
        let all = figures.months.indices.map { figures.count(month: $0) }
        let most = all.map(\.atLeast).max() ?? 0
        let total = figures.count()
        let (first, last) = (words.month(figures.months[0]), words.month(figures.months[figures.months.count - 1]))
        let marks = figures.months.indices.filter { figures.months[$0].month == 1 || $0 == 0 || $0 == all.count - 1 }
            // Two that stand close would be written over one another.
            .filter { $0 == 0 || $0 == all.count - 1 || (5..<all.count - 5).contains($0) }
        return FiguresPage.Section(
            id: "requests", heading: language.pick(fr: "Les demandes", en: "Requests"),
            lede: language.pick(
                fr: "Les demandes reçues, par mois et par droit, jusqu’à la fin du mois dernier.",
                en: "Requests received, by month and right, to the end of last month."),
            charts: [
                FiguresPage.Chart(
                    heading: language.pick(fr: "Par mois", en: "By month"),
                    columns: most == 0
                        ? nil
                        : ColumnDrawing(
                            id: "months",
                            title: language.pick(fr: "Demandes reçues par mois", en: "Requests received by month"),
                            summary: language.pick(
                                fr:
                                    "De \(first) à \(last) : au moins \(words.requests(total.atLeast)) ; \(words.number(most)) "
                                    + "le mois le plus chargé.",
                                en:
                                    "From \(first) to \(last): at least \(words.requests(total.atLeast)); \(words.number(most)) "
                                    + "in the busiest month."),
                            top: language.pick(
                                fr: "au plus haut : \(words.number(most))", en: "highest: \(words.number(most))"),
                            all.map { $0.isTold ? $0.atLeast : nil },
                            marks: marks.map { ($0, words.month(figures.months[$0])) }),
                    legend: most == 0
                        ? nil
                        : language.pick(
                            fr: "Rond : trop peu de demandes pour le dire.", en: "Ring: too few requests to say."),
                    empty: most == 0 ? tooFew(language) : nil,
                    sheet: FigureSheet(
                        .requests, saysCounted: false,
                        columns: [language.pick(fr: "Mois", en: "Month")] + Right.allCases.map { short($0, language) }
                            + [language.pick(fr: "Ensemble", en: "All")],
                        figures.months.indices.reversed().map { month in
                            let counts: [String?] = Right.allCases.map {
                                atLeast(figures.count($0, month: month), words)
                            }
                            return FigureSheet.Line(
                                words.month(figures.months[month]), counts + [atLeast(all[month], words)])
                        }, language))
            ],
            note: language.pick(
                fr:
                    "Il s’agit de personnes : chaque nombre est arrondi vers le bas à un multiple de onze, et en dessous de onze "
                    + "rien n’est dit. Les totaux sont faits de ces nombres-là. Ainsi personne ne se devine, ni par soustraction "
                    + "ni d’un mois à l’autre.",
                en:
                    "These are people: each number is rounded down to a multiple of eleven, and below eleven nothing is said. "
                    + "Totals are made of those numbers. So nobody can be guessed, by subtraction or from one month to the next."
            ))
    }

    /// The share answered in time.
    static func answers(_ figures: RequestFigures, _ language: Language) -> FiguresPage.Section {
        let words = Words(language)
        func cells(_ right: Right?, _ month: Int?) -> [String?] {
            [
                atLeast(figures.count(right, month: month, .inTime), words),
                atLeast(figures.count(right, month: month, .late), words),
                figures.shareInTime(right, month: month).map { between($0, words) },
            ]
        }
        let told = Right.allCases.compactMap { right in figures.shareInTime(right).map { (right, $0) } }
        let columns = [
            language.pick(fr: "Dans les temps", en: "In time"), language.pick(fr: "En retard", en: "Late"),
            language.pick(fr: "Part dans les temps", en: "Share in time"),
        ]
        return FiguresPage.Section(
            id: "answers", heading: language.pick(fr: "Les réponses dans les temps", en: "Answers in time"),
            lede: language.pick(
                fr: "La loi donne un mois pour répondre, trois si la demande est complexe.",
                en: "The law gives a month to answer, three where the request is complex."),
            charts: [
                FiguresPage.Chart(
                    heading: language.pick(fr: "Par droit, sur deux ans", en: "By right, over two years"),
                    strip: told.isEmpty
                        ? nil
                        : StripDrawing(
                            id: "shares",
                            title: language.pick(
                                fr: "Part des demandes répondues dans les temps",
                                en: "Share of requests answered in time"),
                            told.map { right, share in
                                StripDrawing.Row(
                                    name: short(right, language), value: between(share, words),
                                    bar: 0...Double(share.atLeast), upTo: Double(share.atMost))
                            }, most: 100),
                    legend: told.isEmpty
                        ? nil
                        : language.pick(
                            fr: "Barre pleine : au moins cette part. Hachures : peut-être jusque-là.",
                            en: "Solid bar: at least that share. Hatched: perhaps as far as that."),
                    empty: told.isEmpty ? tooFew(language) : nil,
                    sheet: FigureSheet(
                        .answers, saysCounted: false, columns: [language.pick(fr: "Droit", en: "Right")] + columns,
                        Right.allCases.map { FigureSheet.Line(short($0, language), cells($0, nil)) }, language)),
                FiguresPage.Chart(
                    heading: language.pick(fr: "Par mois de réception", en: "By month of receipt"),
                    strip: monthly(figures, words),
                    empty: monthly(figures, words) == nil ? tooFew(language) : nil,
                    sheet: FigureSheet(
                        .answersByMonth, saysCounted: false,
                        columns: [language.pick(fr: "Mois", en: "Month")] + columns,
                        figures.months.indices.reversed().map {
                            FigureSheet.Line(words.month(figures.months[$0]), cells(nil, $0))
                        }, language)),
                times(figures, words),
            ],
            note: language.pick(
                fr:
                    "La première réponse compte, d’après le délai qui courait alors, pauses comprises. Ce qui est sans réponse et "
                    + "échu compte comme en retard. Ce qui est encore dans les temps, retiré ou abandonné n’est pas compté.",
                en:
                    "The first answer counts, by the time limit as it ran then, pauses included. What is unanswered and past due "
                    + "counts as late. What still has time, was withdrawn or abandoned is not counted."))
    }

    /// How long answers took.
    private static func times(_ figures: RequestFigures, _ words: Words) -> FiguresPage.Chart {
        let language = words.language
        func days(_ count: Int) -> String {
            count == 0
                ? language.pick(fr: "le jour même", en: "the same day")
                : words.count(count, fr: ("jour", "jours"), en: ("day", "days"))
        }
        let told = Right.allCases.compactMap { right in figures.answerTime(right).map { (right, $0) } }
        return FiguresPage.Chart(
            heading: language.pick(fr: "Le temps de réponse, sur deux ans", en: "Time to answer, over two years"),
            strip: told.isEmpty
                ? nil
                : StripDrawing(
                    id: "answer-times",
                    title: language.pick(
                        fr: "Temps de réponse médian, par droit", en: "Median time to answer, by right"),
                    told.map { right, time in
                        StripDrawing.Row(
                            name: short(right, language), value: days(time.medianDays),
                            bar: 0...Double(time.medianDays))
                    }),
            legend: told.isEmpty
                ? nil
                : language.pick(
                    fr:
                        "La moitié des réponses sont venues dans ce temps. Ce qui ferait moins de onze réponses dans un mois n’y est pas.",
                    en:
                        "Half of the answers came within that time. What would be fewer than eleven answers in a month is not in it."
                ),
            empty: told.isEmpty ? tooFew(language) : nil,
            sheet: FigureSheet(
                .answerTimes, saysCounted: false,
                columns: [
                    language.pick(fr: "Droit", en: "Right"),
                    language.pick(fr: "Réponses mesurées, au moins", en: "Answers measured, at least"),
                    language.pick(fr: "Temps médian", en: "Median time"),
                ],
                Right.allCases.map { right in
                    let time = figures.answerTime(right)
                    return FigureSheet.Line(
                        short(right, language),
                        [time.flatMap { atLeast($0.cases, words) }, time.map { days($0.medianDays) }])
                }, language))
    }

    private static func monthly(_ figures: RequestFigures, _ words: Words) -> StripDrawing? {
        let told = figures.months.indices.suffix(12).compactMap { month in
            figures.shareInTime(month: month).map { (figures.months[month], $0) }
        }
        guard !told.isEmpty else { return nil }
        return StripDrawing(
            id: "monthly-shares",
            title: words.language.pick(
                fr: "Part dans les temps, par mois, sur un an", en: "Share in time, by month, over a year"),
            told.map { month, share in
                StripDrawing.Row(
                    name: words.month(month), value: between(share, words), bar: 0...Double(share.atLeast),
                    upTo: Double(share.atMost))
            }, most: 100)
    }

    private static func between(_ share: ToldShare, _ words: Words) -> String {
        let (least, most) = (words.percent(share.atLeast), words.percent(share.atMost))
        return share.atLeast == share.atMost
            ? least : words.language.pick(fr: "de \(least) à \(most)", en: "\(least) to \(most)")
    }

    /// From a choice to its confirmation, by linked database.
    static func confirmations(_ figures: Figures, _ language: Language) -> FiguresPage.Section {
        let words = Words(language)
        func name(_ database: Figures.Database) -> Phrase {
            Phrase(database.name, in: language) ?? Phrase(database.id)
        }
        let told = figures.confirmations.compactMap { database, delay in delay.map { (database, $0) } }
        func cells(_ delay: DelayFigures?) -> [String?] {
            [
                delay.flatMap { atLeast(ToldCount(ofMany: $0.cases), words) },
                delay.map { words.duration($0.firstQuartile) }, delay.map { words.duration($0.median) },
                delay.map { words.duration($0.thirdQuartile) }, delay.map { words.duration($0.percentile95) },
            ]
        }
        var lines = figures.confirmations.map { database, delay in
            FigureSheet.Line(name(database).text, lang: name(database).lang, cells(delay))
        }
        if let everywhere = figures.delays.everywhere {
            lines.append(FigureSheet.Line(language.pick(fr: "Partout", en: "Everywhere"), cells(everywhere)))
        }
        func share(_ seconds: Int, _ database: Figures.Database) -> Double {
            Double(seconds) / Double(max(1, database.targetHours * 3600))
        }
        return FiguresPage.Section(
            id: "confirmations",
            heading: language.pick(fr: "D’un choix à sa confirmation", en: "From a choice to its confirmation"),
            lede: language.pick(
                fr:
                    "Le temps que met une opposition pour être appliquée dans chaque base liée, une fois qu’elle prend effet.",
                en: "How long an objection takes to be applied in each linked database, once it takes effect."),
            charts: [
                FiguresPage.Chart(
                    heading: language.pick(fr: "Base par base, sur 90 jours", en: "By database, over 90 days"),
                    strip: told.isEmpty
                        ? nil
                        : StripDrawing(
                            id: "confirmation-delays",
                            title: language.pick(
                                fr: "Délai de confirmation par base, rapporté à son objectif",
                                en: "Delay of confirmation by database, held against its target"),
                            told.map { database, delay in
                                StripDrawing.Row(
                                    name: name(database).text, lang: name(database).lang,
                                    value: language.pick(
                                        fr: "médiane : \(words.duration(delay.median))",
                                        en: "median: \(words.duration(delay.median))"),
                                    bar: share(delay.firstQuartile, database)...share(delay.thirdQuartile, database),
                                    stroke: share(delay.median, database), diamond: 1)
                            },
                            most: max(1.25, told.map { share($1.thirdQuartile, $0) }.max() ?? 1)),
                    legend: told.isEmpty
                        ? nil
                        : language.pick(
                            fr:
                                "Barre : la moitié des choix. Trait : la médiane. Losange : l’objectif publié de la base.",
                            en:
                                "Bar: half of the choices. Stroke: the median. Diamond: the database’s published target."
                        ),
                    empty: told.isEmpty
                        ? language.pick(
                            fr: "Trop peu de choix ces 90 jours pour le dire.",
                            en: "Too few choices in these 90 days to say.") : nil,
                    sheet: FigureSheet(
                        .confirmations, saysCounted: false,
                        columns: [
                            language.pick(fr: "Base liée", en: "Linked database"),
                            language.pick(fr: "Choix mesurés, au moins", en: "Choices measured, at least"),
                            language.pick(fr: "Un quart en moins de", en: "A quarter within"),
                            language.pick(fr: "La moitié en moins de", en: "Half within"),
                            language.pick(fr: "Trois quarts en moins de", en: "Three quarters within"),
                            language.pick(fr: "95 sur 100 en moins de", en: "95 in 100 within"),
                        ],
                        lines, language))
            ],
            note: language.pick(
                fr:
                    "Une opposition prend effet dès son dépôt, ou quand elle est acceptée, selon la règle de l’institution. Ce qui "
                    + "attend encore compte avec son attente. Sous onze choix, rien n’est dit.",
                en:
                    "An objection takes effect when filed, or when granted, as the institution has ruled. What still waits counts "
                    + "with its wait. Under eleven choices, nothing is said."))
    }
}
