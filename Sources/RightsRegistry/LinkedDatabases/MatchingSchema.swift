import SQLDatabase

extension RightsSchema {
    static let matching = Migration(
        "0670-matching",
        """
        -- By what a database knows people: nir, insTraits or both.
        ALTER TABLE linked_database ADD COLUMN matches_on TEXT NOT NULL DEFAULT 'nir';
        -- How many identifiers made of traits an entry has, after the identifier_count made of a NIR: their numbers follow.
        -- Entries from before have none.
        ALTER TABLE ledger_entry ADD COLUMN trait_count BIGINT NOT NULL DEFAULT 0;
        """)
}
