"""The catalogue's pages as citizens meet them: without a script, by keyboard, at the width of a telephone and of a desk."""

import pytest


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_the_catalogue_to_a_table_and_back_by_its_variables(walks, language):
    walk = walks(f"catalogue-{language}", language)
    page, french = walk.page, language == "fr"
    page.goto("/bases" if french else "/en/databases")
    walk.look("Les bases de données" if french else "Databases",
              fields=["Mots à chercher" if french else "Words to look for"],
              says=["CSV", "HealthDCAT-AP"])
    walk.follows("Registre des cancers d’Aubelande (démonstration)" if french
                 else "Aubelande Cancer Registry (demonstration)")
    walk.look("Registre des cancers d’Aubelande (démonstration)" if french
              else "Aubelande Cancer Registry (demonstration)",
              says=["2 tables, 8 variables", "Un échantillon" if french else "A sample",
                    "Où en sont les oppositions" if french else "Where objections stand",
                    "Règlement (UE) 2025/327" if french else "Regulation (EU) 2025/327"])
    walk.follows("Tumeurs tumeur" if french else "Tumours tumeur")
    walk.look("Tumeurs" if french else "Tumours", says=["date_diagnostic", "5 variables"])
    page.goto("/variables" if french else "/en/variables")
    walk.look("Quelle base contient cela ?" if french else "Which database holds this?", says=["20 variables"])
    walk.says("Mots à chercher" if french else "Words to look for", "diagnostic" if french else "diagnosis")
    walk.presses("Chercher" if french else "Search")
    walk.look("Quelle base contient cela ?" if french else "Which database holds this?", says=["date_diagnostic"])
    walk.says("Mots à chercher" if french else "Words to look for", "zzzzzz")
    walk.presses("Chercher" if french else "Search")
    walk.look("Quelle base contient cela ?" if french else "Which database holds this?",
              says=["Aucune variable" if french else "No variable"])
