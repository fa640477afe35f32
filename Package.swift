// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6, the upcoming features of the house, and no warning left standing.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "regard",
    products: [
        .executable(name: "regard", targets: ["regard"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // System libraries: a module map and a shim header each.
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlienc", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CHaru", providers: [.apt(["libhpdf-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The floor: dates and instants, with no clock of their own.
        .target(name: "CivilTime", swiftSettings: house),
        .target(name: "StrictJSON", swiftSettings: house),
        .target(
            name: "SQLDatabase",
            dependencies: [
                "CPostgreSQL", "CivilTime",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "Vault",
            dependencies: [
                "CArgon2", "CivilTime",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "Outbound",
            dependencies: [
                "CCurl", "CivilTime",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        // Letters on paper, as PDF; it knows no word of the domain.
        .target(
            name: "LetterPress",
            dependencies: ["CHaru", .product(name: "NIOPosix", package: "swift-nio")],
            swiftSettings: house
        ),
        // Our side of OpenID Connect; it knows neither the domain nor our pages.
        .target(
            name: "OpenIDConnect",
            dependencies: [
                "CivilTime", "Outbound", "StrictJSON", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "HTTPServer",
            dependencies: [
                "CBrotli", "CZlib", "CivilTime",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),

        // The two registers, and the hub that carries one into the linked databases.
        .target(
            name: "PublicRegistry",
            dependencies: [
                "CivilTime", "SQLDatabase", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "RightsRegistry",
            dependencies: [
                "CivilTime", "PublicRegistry", "SQLDatabase", "StrictJSON", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "Propagation",
            dependencies: [
                "CZlib", "CivilTime", "Outbound", "PublicRegistry", "RightsRegistry", "SQLDatabase", "StrictJSON",
                "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),

        // The doors: JSON and pages over the same services.
        .target(
            name: "TransparencyAPI",
            dependencies: [
                "CQREncode", "CivilTime", "HTTPServer", "LetterPress", "OpenIDConnect", "Propagation", "PublicRegistry",
                "RightsRegistry", "SQLDatabase", "StrictJSON", "Vault",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "regard",
            dependencies: [
                "CivilTime", "HTTPServer", "LetterPress", "OpenIDConnect", "Outbound", "Propagation", "PublicRegistry",
                "RightsRegistry", "SQLDatabase", "StrictJSON", "TransparencyAPI", "Vault",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),

        .executableTarget(
            name: "clock-benchmark", dependencies: ["CivilTime", "RightsRegistry"], path: "bench/Clock",
            swiftSettings: house),
        .executableTarget(
            name: "ledger-benchmark",
            dependencies: [
                "CivilTime", "Propagation", "PublicRegistry", "RightsRegistry", "SQLDatabase", "Vault",
                .product(name: "Logging", package: "swift-log"),
            ], path: "bench/Ledger", swiftSettings: house),
        .executableTarget(
            name: "gate-benchmark", dependencies: ["Vault", .product(name: "Crypto", package: "swift-crypto")],
            path: "bench/Gate", swiftSettings: house),

        .target(
            name: "TestSupport", dependencies: ["SQLDatabase", .product(name: "Logging", package: "swift-log")],
            path: "Tests/TestSupport",
            swiftSettings: house),
        .testTarget(name: "CivilTimeTests", dependencies: ["CivilTime"], swiftSettings: house),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: house),
        .testTarget(
            name: "SQLDatabaseTests",
            dependencies: ["CivilTime", "SQLDatabase", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: house),
        .testTarget(
            name: "VaultTests",
            dependencies: ["CArgon2", "CivilTime", "Vault", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: house),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "CZlib", "CivilTime", "HTTPServer",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "OpenIDConnectTests",
            dependencies: ["CivilTime", "OpenIDConnect", "Outbound", "StrictJSON", "Vault"], swiftSettings: house),
        .testTarget(
            name: "PublicRegistryTests",
            dependencies: ["CivilTime", "PublicRegistry", "SQLDatabase", "StrictJSON", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "RightsRegistryTests",
            dependencies: [
                "CivilTime", "PublicRegistry", "RightsRegistry", "SQLDatabase", "StrictJSON", "TestSupport", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "PropagationTests",
            dependencies: [
                "CZlib", "CivilTime", "Outbound", "Propagation", "PublicRegistry", "RightsRegistry", "SQLDatabase",
                "StrictJSON", "TestSupport", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "TransparencyAPITests",
            dependencies: [
                "CivilTime", "HTTPServer", "OpenIDConnect", "Outbound", "Propagation", "PublicRegistry",
                "RightsRegistry",
                "SQLDatabase", "StrictJSON",
                "TestSupport",
                "TransparencyAPI", "Vault",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
    ]
)
