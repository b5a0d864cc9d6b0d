"""What a file is, by its name, and by its content where the name leaves it open."""

from __future__ import annotations

import pytest

from remote_meeting.checker.kinds import Kind, kind_of, refine

NAMES = {
    Kind.CSHARP: "Program.cs script.csx Index.cshtml",
    Kind.JAVA: "Main.java",
    Kind.KOTLIN: "Main.kt tool.main.kts",
    Kind.SCALA: "Main.scala",
    Kind.PYTHON: "main.py stub.pyi",
    Kind.JAVASCRIPT: "app.js App.jsx m.mjs c.cjs minutes.js",
    Kind.TYPESCRIPT: "app.ts index.d.ts m.mts",
    Kind.TSX: "App.tsx",
    Kind.HTML: "index.html INDEX.HTM",
    Kind.VUE: "App.vue",
    Kind.NOTEBOOK: "Demo.ipynb",
    Kind.C: "a.c",
    Kind.CPP: "a.cpp a.cc a.h a.hpp",
    Kind.OBJC: "a.m a.mm",
    Kind.SWIFT: "a.swift Package.swift",
    Kind.GO: "a.go",
    Kind.RUST: "a.rs",
    Kind.MSBUILD: "A.csproj a.vbproj a.fsproj Directory.Build.props a.targets packages.config A.nuspec",
    Kind.MAVEN: "pom.xml speech-1.0.pom",
    Kind.GRADLE: "build.gradle settings.gradle build.gradle.kts speech.gradle.kts libs.versions.toml build.sbt",
    Kind.NPM: "package.json",
    Kind.PIP: (
        "requirements.txt requirements-dev.txt dev-requirements.txt requirements.in constraints.txt pyproject.toml "
        "setup.cfg Pipfile environment.yml environment-gpu.yaml conda.yml dev.environment.yml"
    ),
    Kind.COCOAPODS: "Podfile Speech.podspec",
    Kind.CMAKE: "CMakeLists.txt speech.cmake",
    Kind.JSON: "appsettings.json appsettings.Development.json local.settings.json tsconfig.json",
    Kind.YAML: "values.yaml azure-pipelines.yml docker-compose.yml",
    Kind.TOML: "Cargo.toml",
    Kind.ENV: ".env .env.local .env.example prod.env .ENV",
    Kind.PROPERTIES: "application.properties a.ini nginx.conf a.cfg",
    Kind.XML: "a.xml web.config Info.plist a.xaml a.resx",
    Kind.SHELL: "run.sh a.bash a.zsh a.bats",
    Kind.POWERSHELL: "run.ps1 a.psm1 a.psd1",
    Kind.BATCH: "run.cmd run.bat",
    Kind.MAKE: "Makefile GNUmakefile Makefile.am rules.mk",
    Kind.DOCKER: "Dockerfile Dockerfile.dev api.dockerfile",
    Kind.BICEP: "main.bicep",
    Kind.TERRAFORM: "main.tf prod.tfvars",
    None: (
        "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock packages.lock.json Cargo.lock "
        "Podfile.lock project.assets.json App.deps.json jquery.min.js sdk-min.js app.js.map .terraform.lock.hcl "
        "README.md notes.txt LICENSE a.png cs py . .. .gitignore environment requirements js"
    ),
}


def test_every_kind_has_names() -> None:
    """None is forgotten below."""
    assert set(NAMES) == {*Kind, None}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for kind, names in NAMES.items() for name in names.split()])
def test_by_name(name: str, kind: Kind | None) -> None:
    """A name says what it is; its case does not matter."""
    assert kind_of(name) == kind_of(name.upper()) == kind


@pytest.mark.parametrize(
    ("kind", "data", "refined"),
    [
        (Kind.CPP, b"#pragma once\n#include <x.h>\n", Kind.CPP),
        (Kind.CPP, b"#import <Foundation/Foundation.h>\n", Kind.OBJC),
        (Kind.CPP, b"@interface Room : NSObject\n", Kind.OBJC),
        (Kind.CPP, b'#import "msado15.dll" no_namespace\n', Kind.CPP),
        (Kind.OBJC, b'#import "Room.h"\n', Kind.OBJC),
        (Kind.OBJC, b"\xff\xfe#\0i\0m\0p\0o\0r\0t\0", Kind.OBJC),
        (Kind.OBJC, b"int main(void) { // nothing\n}", Kind.OBJC),
        (Kind.OBJC, b"% reads a file\nx = audioread('a.wav');\n", None),
        (Kind.TYPESCRIPT, b"export const x = 1\n", Kind.TYPESCRIPT),
        (Kind.TYPESCRIPT, b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE TS>', None),
        (Kind.XML, b"<configuration/>", Kind.XML),
        (Kind.XML, b"Host example\n", Kind.PROPERTIES),
        (Kind.PYTHON, b"", Kind.PYTHON),
    ],
)
def test_by_content(kind: Kind, data: bytes, refined: Kind | None) -> None:
    """Content says which of several a suffix means; MATLAB and Qt's translations are not looked at."""
    assert refine(kind, data) == refined
