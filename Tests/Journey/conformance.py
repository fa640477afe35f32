"""The shapes of DCAT-AP and HealthDCAT-AP, which others wrote and which are kept outside the project."""

import os
from pathlib import Path

import pytest
from portal import PROJECT

VOCABULARY = {
    "http://purl.org/dc/terms/": "dct", "http://www.w3.org/ns/dcat#": "dcat", "http://data.europa.eu/r5r/": "dcatap",
    "http://healthdataportal.eu/ns/health#": "healthdcatap",
}


def conformance():
    """Their folder; None where they are absent."""
    folder = Path(os.environ.get("REGARD_CONFORMANCE", PROJECT.parent / "shared/conformance"))
    return folder if (folder / "dcat-ap-3.0.1/shapes.ttl").exists() else None


needs_shapes = pytest.mark.skipif(
    conformance() is None, reason="SKIPPED: neither $REGARD_CONFORMANCE nor ../shared/conformance has the shapes")


def shapes():
    """Those of both profiles, in one graph."""
    import rdflib

    graph = rdflib.Graph()
    for file in ("dcat-ap-3.0.1/shapes.ttl", "healthdcat-ap-r5/healthdcatap-shacl.ttl"):
        graph += rdflib.Graph().parse(conformance() / file)
    # What they import is there already; nothing is fetched.
    graph.remove((None, rdflib.OWL.imports, None))
    return graph


def short(iri):
    for namespace, prefix in VOCABULARY.items():
        if str(iri).startswith(namespace):
            return f"{prefix}:{str(iri)[len(namespace):]}"
    return str(iri)


def violations(graph, rules):
    """What breaks the rules, as pairs of a thing's name and a property."""
    import pyshacl
    import rdflib

    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    _, report, _ = pyshacl.validate(graph, shacl_graph=rules, do_owl_imports=False, inference="none")
    found = set()
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        if report.value(result, sh.resultSeverity) == sh.Violation:
            found.add((str(report.value(result, sh.focusNode)), short(report.value(result, sh.resultPath))))
    return found
