"""What a source says of the Speech SDK: whether it uses it at all, and which of its names are the SDK's there."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from .kinds import Kind

if TYPE_CHECKING:
    from .source import Source

_SPEECH = re.compile(
    r"Microsoft\s*(?:\.|::)\s*CognitiveServices\s*(?:\.|::)\s*Speech\b|com\.microsoft\.cognitiveservices\.speech\b|"
    r"azure\.cognitiveservices(?:\.speech\b|\s+import\s+speech\b)|azure-cognitiveservices-speech|"
    r"microsoft-cognitiveservices-speech-sdk|microsoft\.cognitiveservices\.speech\.sdk|cognitive-services-speech-sdk|"
    r"\b(?:Conversation|Meeting)Transcriber::FromConfig\b|\bSpeechSDK\b|speechapi_(?:cxx|c)\b|speechapi_c_|"
    r"MicrosoftCognitiveServicesSpeech|\bSPX(?:Conversation|Meeting|SpeechConf|Audio)\w+",
)
# A file that stands in the SDK's own namespace, or declares its classes, defines what others use.
_SDK_PACKAGE = re.compile(
    r"^[ \t]*(?:package\s+com\.microsoft\.cognitiveservices\.speech\b|"
    r"namespace\s+Microsoft\.CognitiveServices\.Speech\b|"
    r"@(?:interface|implementation)\s+SPX(?:Meeting|Conversation|Participant|User|Recognizer|Speech|Audio)\w*\b(?<!Tests)"
    r"(?<!Test)|SPXAPI\w*\s+\w+\s*\()|"
    r"^[ \t]*namespace\s+Microsoft\s*(?:::\s*CognitiveServices|\{\s*namespace\s+CognitiveServices)",
    re.MULTILINE,
)
# The SDK for JavaScript in a bundle, minified or not: these names of its members stay.
_SDK_BUNDLE = re.compile(r"multiaudioRelativeUri|TranscriberConnectionFactory\s*(?:=|extends|\{)")
_SDK_FOLDER = re.compile(r"(?:\A|/)(?:src|lib/src|es2015/src)/(?:common\.speech|sdk/Transcription)/")
_CONFIGS = re.compile(r"\b(?:Audio|Speech|SpeechTranslation)Config\b")
_DECLARED = r"\b(?:class|interface|struct|enum|record|object|trait|protocol|actor|typealias|type)\s+{name}\b"

_JS_IMPORT = re.compile(
    r"(?:import|export)\s+(?:type\s+)?(?P<names>[\w$*{}\s,]{1,2000}?)(?<=[\s}])from\s*+['\"](?P<origin>[^'\"]*)['\"]|"
    r"(?:const|let|var)\s+(?P<required>[\w$]+|\{[^{}]*\})\s*=\s*(?:await\s+)?(?:require|import)\s*\(\s*['\"](?P<origin2>[^'\"]*)['\"]"
)
_PY_FROM = re.compile(r"^[ \t]*from\s+([\w.]+)\s+import\s+(?:\(([^)]*)\)|([^\n#(;]*(?:\\\n[^\n]*)*))", re.MULTILINE)
_PY_IMPORT = re.compile(r"^[ \t]*import\s+([\w.]+)(?:\s+as\s+(\w+))?", re.MULTILINE)
_JVM_IMPORT = re.compile(
    r"^[ \t]*import\s+(?:static\s+)?([\w.]+)\.(?:(\w+)(?:\s+as\s+(\w+))?|\{([^}]*)\})\s*;?", re.MULTILINE
)
_CS_ALIAS = re.compile(r"^[ \t]*(?:global\s+)?using\s+(\w+)\s*=\s*([\w.]+)\.(\w+)\s*;", re.MULTILINE)
_SPEECH_ORIGIN = re.compile(
    r"cognitiveservices\.?[-.]?speech|speech[-.]sdk|speechsdk|exports\b|azure\.cognitiveservices", re.IGNORECASE
)

_PY_STAR = re.compile(r"^[ \t]*from\s+azure\.cognitiveservices\.speech[\w.]*\s+import\s+\*", re.MULTILINE)
_JVM_ROOM = re.compile(r"cognitiveservices\.speech\.(?:transcription|conversation|remote\w+|intent|speaker\w*)\b")
SCRIPTS = frozenset({Kind.JAVASCRIPT, Kind.TYPESCRIPT, Kind.TSX})
JVM = frozenset({Kind.JAVA, Kind.KOTLIN, Kind.SCALA})
# Their classes have names of their own: SPXMeeting is the SDK's, Meeting the app's.
PREFIXED = frozenset({Kind.OBJC, Kind.SWIFT})
# Languages in which a class is called to make an object, without a word before it.
CALLED = frozenset({Kind.PYTHON, Kind.KOTLIN, Kind.SCALA, Kind.SWIFT})


class Facts:
    """What one source says.

    Args:
        source: It.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def is_speech(self) -> bool:
        """True when the Speech SDK is imported, included or named by its global."""
        # The text is asked before what is left of it without comments, which costs a parser.
        source = self._source
        return bool(_SPEECH.search(source.text)) and bool(_SPEECH.search(source.content)) and not self.is_sdk

    @cached_property
    def is_sdk(self) -> bool:
        """True for a file of the SDK itself."""
        source = self._source
        if _SDK_BUNDLE.search(source.text) or _SDK_FOLDER.search(source.shown):
            return True
        return bool(_SDK_PACKAGE.search(source.text)) and bool(_SDK_PACKAGE.search(source.code))

    @cached_property
    def may_be_speech(self) -> bool:
        """True, too, when only its project says it: C# has `global using`, the other languages import in each file."""
        source = self._source
        if source.code_kind is not Kind.CSHARP or self.is_sdk or self.is_speech:
            return self.is_speech
        # The project's other files use the SDK, too: without one of its configs beside it a name is the app's own.
        return source.project.uses_speech and bool(_CONFIGS.search(source.code))

    def names_of(self, wanted: str) -> tuple[str, ...]:
        """What a class of the SDK is called in this file: its name, an alias, both; nothing when it is another's."""
        if self._source.code_kind in PREFIXED:
            return (f"SPX{wanted}",)
        names = [alias for alias, name in self._aliases.items() if name == wanted]
        return tuple(names) if self.is_others(wanted) else (wanted, *names)

    def is_in_reach(self, name: str, start: int) -> bool:
        """Whether a name at a place can be the SDK's: behind a dot, or brought in by an import that has it."""
        source = self._source
        if source.code[:start][-200:].rstrip().endswith((".", "::")):
            return True
        if source.code_kind is Kind.PYTHON:
            return self.imports(name) or bool(_PY_STAR.search(source.content))
        if source.code_kind in SCRIPTS:
            return self.imports(name) or bool(
                re.search(rf"\{{[^{{}}]*\b{re.escape(name)}\b[^{{}}]*\}}\s*=", source.code)
            )
        if source.code_kind in JVM:
            return bool(_JVM_ROOM.search(source.content))
        return True

    def is_declared(self, name: str) -> bool:
        """True when the file declares a type of this name itself."""
        return bool(re.search(_DECLARED.format(name=re.escape(name)), self._source.code))

    def imports(self, name: str) -> bool:
        """True when the file imports this name from the Speech SDK."""
        return name in self._origins and bool(_SPEECH_ORIGIN.search(self._origins[name]))

    def is_others(self, name: str) -> bool:
        """True when a bare name means something of the app's own."""
        if self.is_declared(name):
            return True
        origin = self._origins.get(name)
        return origin is not None and not _SPEECH_ORIGIN.search(origin)

    @cached_property
    def _origins(self) -> dict[str, str]:
        return {name: origin for name, (origin, _) in self._imported.items()}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {
            alias: name
            for alias, (origin, name) in self._imported.items()
            if alias != name and _SPEECH_ORIGIN.search(origin)
        }

    @cached_property
    def _imported(self) -> dict[str, tuple[str, str]]:
        """What is imported by name: where from, and what it is called there."""
        source = self._source
        if source.code_kind in SCRIPTS:
            return dict(_script_imports(source.content))
        if source.code_kind is Kind.PYTHON:
            return dict(_python_imports(source.content))
        if source.code_kind in JVM:
            return dict(_jvm_imports(source.content))
        if source.code_kind is Kind.CSHARP:
            return {found.group(1): (found.group(2), found.group(3)) for found in _CS_ALIAS.finditer(source.content)}
        return {}


def _pairs(names: str, origin: str, word: str) -> list[tuple[str, tuple[str, str]]]:
    """`A, B as C` as its names, each with where it is from and what it is there."""
    pairs = []
    for part in re.split(r"[,\n]", names):
        name, _, alias = (piece.strip() for piece in part.strip().partition(word))
        if re.fullmatch(r"[\w$]+", name):
            pairs.append((alias or name, (origin, name)))
    return pairs


def _script_imports(content: str) -> list[tuple[str, tuple[str, str]]]:
    pairs = []
    for found in _JS_IMPORT.finditer(content):
        origin = found.group("origin") or found.group("origin2") or ""
        names = found.group("names") or found.group("required") or ""
        word = " as " if found.group("names") else ":"
        grouped = re.search(r"\{([^{}]*)\}", names)
        if grouped:
            pairs += _pairs(grouped.group(1).replace("type ", " "), origin, word)
        default = re.match(r"\s*([\w$]+)", names)
        if default and "*" not in names:
            pairs.append((default.group(1), (origin, default.group(1))))
    return pairs


def _python_imports(content: str) -> list[tuple[str, tuple[str, str]]]:
    pairs = []
    for found in _PY_FROM.finditer(content):
        pairs += _pairs((found.group(2) or found.group(3)).replace("\\", " "), found.group(1), " as ")
    return pairs


def _jvm_imports(content: str) -> list[tuple[str, tuple[str, str]]]:
    pairs = []
    for found in _JVM_IMPORT.finditer(content):
        package, name, alias, group = found.groups()
        if group is not None:
            pairs += _pairs(group, package, "=>")
        elif name != "_":
            pairs.append((alias or name, (package, name)))
    return pairs
