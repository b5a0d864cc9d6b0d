"""Languages, by a file's name."""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What a file is written in; its value is what reports call it."""

    CSHARP = "C#"
    JAVA = "Java"
    KOTLIN = "Kotlin"
    SCALA = "Scala"
    PYTHON = "Python"
    JAVASCRIPT = "JavaScript"
    TYPESCRIPT = "TypeScript"
    TSX = "TSX"
    HTML = "HTML"
    VUE = "Vue"
    NOTEBOOK = "Jupyter"
    C = "C"
    CPP = "C++"
    OBJC = "Objective-C"
    SWIFT = "Swift"
    GO = "Go"
    RUST = "Rust"
    MSBUILD = "MSBuild"
    MAVEN = "Maven"
    GRADLE = "Gradle"
    NPM = "package.json"
    PIP = "Python requirements"
    COCOAPODS = "CocoaPods"
    CMAKE = "CMake"
    JSON = "JSON"
    YAML = "YAML"
    TOML = "TOML"
    ENV = "Environment"
    PROPERTIES = "Properties"
    XML = "XML"
    SHELL = "Shell"
    POWERSHELL = "PowerShell"
    BATCH = "Batch"
    MAKE = "Make"
    DOCKER = "Docker"
    BICEP = "Bicep"
    TERRAFORM = "Terraform"


_SUFFIXES: dict[Kind, str] = {
    Kind.CSHARP: "cs csx cshtml razor",
    Kind.JAVA: "java",
    Kind.KOTLIN: "kt kts",
    Kind.SCALA: "scala sc",
    Kind.PYTHON: "py pyi pyw",
    Kind.JAVASCRIPT: "js jsx mjs cjs",
    Kind.TYPESCRIPT: "ts mts cts",
    Kind.TSX: "tsx",
    Kind.HTML: "html htm",
    Kind.VUE: "vue svelte",
    Kind.NOTEBOOK: "ipynb",
    Kind.C: "c",
    Kind.CPP: "cpp cc cxx c++ h hh hpp hxx inl",
    Kind.OBJC: "m mm",
    Kind.SWIFT: "swift",
    Kind.GO: "go",
    Kind.RUST: "rs",
    Kind.MSBUILD: "csproj vbproj fsproj vcxproj props targets nuspec",
    Kind.MAVEN: "pom",
    Kind.GRADLE: "gradle",
    Kind.COCOAPODS: "podspec",
    Kind.CMAKE: "cmake",
    Kind.JSON: "json jsonc json5 webmanifest har",
    Kind.YAML: "yaml yml",
    Kind.TOML: "toml",
    Kind.ENV: "env envrc",
    Kind.PROPERTIES: "properties ini cfg conf",
    Kind.XML: "xml config plist xaml resx",
    Kind.SHELL: "sh bash zsh ksh bats http rest",
    Kind.POWERSHELL: "ps1 psm1 psd1",
    Kind.BATCH: "cmd bat",
    Kind.MAKE: "mk mak",
    Kind.DOCKER: "dockerfile",
    Kind.BICEP: "bicep bicepparam",
    Kind.TERRAFORM: "tf tfvars hcl",
}
_BY_SUFFIX = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_NAMES: dict[Kind, str] = {
    Kind.MSBUILD: "packages.config",
    Kind.MAVEN: "pom.xml",
    Kind.GRADLE: "libs.versions.toml build.sbt",
    Kind.NPM: "package.json",
    Kind.PIP: "pyproject.toml setup.cfg pipfile meta.yaml",
    Kind.COCOAPODS: "podfile",
    Kind.CMAKE: "cmakelists.txt",
    Kind.MAKE: "makefile gnumakefile",
    Kind.DOCKER: "dockerfile containerfile",
}
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}
# Names that say more than their last part; written by tools (None) from what is looked at elsewhere, and large.
_BY_SHAPE: tuple[tuple[Kind | None, re.Pattern[str]], ...] = (
    (
        None,
        re.compile(
            r"(?:.*\.)?(?:package-lock|npm-shrinkwrap|packages\.lock|project\.assets|[^.]+\.deps)\.json"
            r"|pnpm-lock\.yaml|conda-lock\.ya?ml|\.terraform\.lock\.hcl|.*[.-]min\.[cm]?js"
        ),
    ),
    (Kind.ENV, re.compile(r"\.env\..+")),
    (Kind.PIP, re.compile(r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)")),
    (Kind.PIP, re.compile(r"(?:.*[-_.])?(?:environment|conda)(?:[-_.].*)?\.ya?ml")),
    (Kind.GRADLE, re.compile(r".*\.gradle\.kts")),
    (Kind.DOCKER, re.compile(r"(?:dockerfile|containerfile)\..+")),
    (Kind.MAKE, re.compile(r"(?:gnu)?makefile\..+")),
)
# Only names that end or begin so are worth the shapes: most of a tree's names are none.
_SHAPED_SUFFIXES = frozenset({"json", "yaml", "yml", "hcl", "js", "mjs", "cjs", "txt", "in", "kts"})
_SHAPED_STARTS = (".env.", "dockerfile.", "containerfile.", "makefile.", "gnumakefile.")
# What tells a language is at a file's beginning.
_HEAD = 16 * 1024
_IMPORT = re.compile(rb'#import\s*[<"][^<>"\n]+\.h[>"]')


def kind_of(name: str) -> Kind | None:
    """The language of a file of this name; None for what is not looked at."""
    folded = name.lower()
    _, dot, suffix = folded.rpartition(".")
    if suffix in _SHAPED_SUFFIXES or folded.startswith(_SHAPED_STARTS):
        for kind, shape in _BY_SHAPE:
            if shape.fullmatch(folded):
                return kind
    return _BY_NAME.get(folded) or (_BY_SUFFIX.get(suffix) if dot else None)


def refine(kind: Kind, data: bytes) -> Kind | None:
    """The language by its content where a suffix has several; None where it is one that is not looked at.

    Args:
        kind: By its name.
        data: The file's bytes, or its first.
    """
    if kind is Kind.CPP:
        head = data[:_HEAD]
        return Kind.OBJC if _is_objective(head) else kind
    if kind is Kind.OBJC:
        # The other `.m` is MATLAB, whose comments begin with `%`.
        head = data[:_HEAD].replace(b"\0", b"")
        return kind if b"#i" in head or b"@" in head or b"//" in head or b"/*" in head else None
    if kind is Kind.TYPESCRIPT:
        # Qt's translations end in `.ts`, too.
        return None if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<!DOCTYPE")) else kind
    if kind is Kind.XML:
        # What is called `.config` may be lines of settings.
        return kind if b"<" in data[:_HEAD] else Kind.PROPERTIES
    return kind


def _is_objective(head: bytes) -> bool:
    if b"@interface" in head or b"@protocol" in head:
        return True
    # Microsoft's C++ imports type libraries by the same word.
    return b"#import" in head and _IMPORT.search(head) is not None
