"""Liasse for Python, by ctypes: handles that close themselves, errors that are raised.

For: scripts and services in Python 3.9 and later. The shared library is looked for as
LIASSE_LIBRARY, then by the loader; one of another version is refused. Rows are copied, so they
outlive their cursor. A str that holds a NUL raises ValueError.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32
from ctypes import c_uint64, c_void_p, sizeof
from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Optional, Tuple

OK = 0
PURPOSE_CARE, PURPOSE_PANEL, PURPOSE_HOLDER, PURPOSE_AUDIT = 1, 2, 5, 8
ABSENT_REFUSE, ABSENT_OPEN = 0, 1
OUTCOME_KEPT, OUTCOME_ALREADY_PRESENT = 1, 2
STATUSES_APPROVED, STATUSES_ALL = 0, 1
FORM_WORDS, FORM_JSON, FORM_FHIR, FORM_RECENT, FORM_VACCINATIONS = 0, 1, 2, 3, 4


class Id(ctypes.Structure):
    _fields_ = [("bytes", c_uint8 * 16)]


class _Text(ctypes.Structure):
    _fields_ = [("bytes", c_void_p), ("length", c_size_t)]

    def __str__(self) -> str:
        return ctypes.string_at(self.bytes, self.length).decode()


class _Range(ctypes.Structure):
    _fields_ = [("begin", c_size_t), ("end", c_size_t)]


class _OpenOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("key_file", c_char_p), ("passphrase", c_char_p),
                ("pack", c_char_p), ("kms", c_void_p), ("sinks", POINTER(c_char_p)),
                ("sink_count", c_size_t), ("sinks_waived", c_char_p), ("recheck", c_uint32),
                ("kms_deadline_ms", c_uint32), ("ground", c_uint32), ("reserved", c_uint32)]


class _SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("actor", c_char_p), ("profession", c_char_p),
                ("speciality", c_char_p), ("structure", c_char_p), ("patient", c_char_p),
                ("purpose", c_uint32), ("secret", c_uint32)]


class _Deposit(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("bytes", c_char_p), ("length", c_size_t),
                ("text", c_char_p), ("text_length", c_size_t), ("flags", c_uint32),
                ("absent", c_uint32), ("path", c_char_p), ("read", c_void_p),
                ("user", c_void_p), ("memory_bytes_max", c_uint64)]


class _Search(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("query", c_char_p), ("query_length", c_size_t),
                ("patient", c_char_p), ("limit", c_size_t), ("statuses", c_uint32),
                ("form", c_uint32), ("after", c_char_p), ("interrupt", c_void_p),
                ("time_ms", c_uint64), ("memory_bytes_max", c_uint64)]


class _Entry(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("document", Id), ("entry", Id), ("dossier", Id),
                ("creation_time", c_int64), ("deposited", c_int64), ("size", c_uint64),
                ("flags", c_uint32), ("status", c_uint32), ("version", c_uint32),
                ("reserved", c_uint32), ("unique_id", _Text), ("type_code", _Text),
                ("class_code", _Text), ("title", _Text), ("author", _Text),
                ("author_structure", _Text), ("mime_type", _Text)]


class _Hit(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("entry", POINTER(_Entry)), ("score", c_uint64),
                ("snippet", _Text), ("highlights", POINTER(_Range)),
                ("highlight_count", c_size_t)]


class _Count(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("documents", c_uint64), ("facet", _Text),
                ("group", _Text)]


@dataclass(frozen=True)
class Entry:
    document: Id
    title: str
    author: str
    type_code: str
    mime_type: str
    size: int
    flags: int
    creation_time: int


@dataclass(frozen=True)
class Hit:
    entry: Entry
    score: int
    snippet: str
    highlights: List[Tuple[int, int]]


@dataclass(frozen=True)
class Answer:
    hits: List[Hit]
    counts: List[Tuple[str, str, int]]
    cursor: Optional[str]


class Error(Exception):
    """Why a call failed."""

    def __init__(self, code: int, message: str, hint: str, place: Optional[str]) -> None:
        super().__init__(message)
        self.code, self.hint, self.place = code, hint, place
        self.code_name = _library.liasse_code_name(code).decode()


WRITTEN_FOR = 1000


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(os.environ.get("LIASSE_LIBRARY", "libliasse.so.0.1"))
    library.liasse_version_number.restype = c_uint32
    loaded = library.liasse_version_number()
    same = 1_000 if WRITTEN_FOR < 1_000_000 else 1_000_000
    if loaded // same != WRITTEN_FOR // same or loaded < WRITTEN_FOR:
        raise ImportError(f"written for Liasse {WRITTEN_FOR}, not for {loaded}")
    return library


_library = _load()


def _declare(name: str, *arguments: Any, result: Any = c_int32) -> None:
    function = getattr(_library, name)
    function.restype = result
    fails = (POINTER(c_void_p),) if result is c_int32 else ()
    function.argtypes = arguments + fails


_HANDLE, _OUT = c_void_p, POINTER(c_void_p)
_declare("liasse_key_file_create", c_char_p)
_declare("liasse_engine_create", c_char_p, POINTER(_OpenOptions), _OUT)
_declare("liasse_engine_open", c_char_p, POINTER(_OpenOptions), _OUT)
_declare("liasse_engine_close", _HANDLE)
_declare("liasse_session_open", _HANDLE, POINTER(_SessionOptions), _OUT)
_declare("liasse_session_deposit", _HANDLE, POINTER(_Deposit), POINTER(Id), POINTER(Id),
         POINTER(c_uint32))
_declare("liasse_session_entries", _HANDLE, c_char_p, c_uint32, _OUT)
_declare("liasse_entries_next", _HANDLE, POINTER(POINTER(_Entry)))
_declare("liasse_session_ask", _HANDLE, POINTER(_Search), _OUT)
_declare("liasse_answer_next_hit", _HANDLE, POINTER(POINTER(_Hit)))
_declare("liasse_answer_next_count", _HANDLE, POINTER(POINTER(_Count)))
_declare("liasse_answer_cursor", _HANDLE, result=c_char_p)
_declare("liasse_session_entries_arrow", _HANDLE, c_char_p, c_uint32, c_void_p)
_declare("liasse_session_points_arrow", _HANDLE, c_char_p, c_uint32, c_void_p)
_declare("liasse_session_fetch", _HANDLE, POINTER(Id), _OUT)
_declare("liasse_bytes_data", _HANDLE, result=c_void_p)
_declare("liasse_bytes_length", _HANDLE, result=c_size_t)
_declare("liasse_version_string", result=c_char_p)
for _name in ("message", "hint", "place"):
    _declare(f"liasse_error_{_name}", _HANDLE, result=c_char_p)
for _name in ("error_free", "entries_free", "answer_free", "bytes_free", "session_close"):
    _declare(f"liasse_{_name}", _HANDLE, result=None)
_library.liasse_code_name.restype = c_char_p
_library.liasse_code_name.argtypes = (c_int32,)


def _call(function: Callable[..., int], *arguments: Any) -> None:
    failed = c_void_p()
    code = function(*arguments, byref(failed))
    if code == OK:
        return
    place = _library.liasse_error_place(failed)
    error = Error(code, _library.liasse_error_message(failed).decode(),
                  _library.liasse_error_hint(failed).decode(), place and place.decode())
    _library.liasse_error_free(failed)
    raise error


def _rows(function: Callable[..., int], cursor: c_void_p, row_type: Any) -> Iterator[Any]:
    row = POINTER(row_type)()
    while True:
        _call(function, cursor, byref(row))
        if not row:
            return
        yield row.contents


def _entry(row: _Entry) -> Entry:
    return Entry(Id.from_buffer_copy(row.document), str(row.title), str(row.author),
                 str(row.type_code), str(row.mime_type), row.size, row.flags, row.creation_time)


def _hit(row: _Hit) -> Hit:
    marks = [(row.highlights[at].begin, row.highlights[at].end)
             for at in range(row.highlight_count)]
    return Hit(_entry(row.entry.contents), row.score, str(row.snippet), marks)


def _text(text: str) -> bytes:
    """As C takes it, which would take a NUL for the end."""
    if "\0" in text:
        raise ValueError("a text for Liasse holds a NUL")
    return text.encode()


def version() -> str:
    return _library.liasse_version_string().decode()


def key_file_create(path: str) -> None:
    _call(_library.liasse_key_file_create, _text(path))


class Session:
    """Who asks and why. Close it, or use it in a with statement."""

    def __init__(self, handle: c_void_p) -> None:
        self._handle = handle

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        handle, self._handle = self._handle, c_void_p()
        _library.liasse_session_close(handle)

    def deposit(self, document: bytes, absent: int = ABSENT_REFUSE) -> Tuple[Id, int]:
        what = _Deposit(struct_size=sizeof(_Deposit), bytes=document, length=len(document),
                        absent=absent)
        document_id, outcome = Id(), c_uint32()
        _call(_library.liasse_session_deposit, self._handle, byref(what), byref(document_id),
              None, byref(outcome))
        return document_id, outcome.value

    def entries(self, patient: str, statuses: int = STATUSES_APPROVED) -> List[Entry]:
        cursor = c_void_p()
        _call(_library.liasse_session_entries, self._handle, _text(patient), statuses,
              byref(cursor))
        try:
            return [_entry(row) for row in _rows(_library.liasse_entries_next, cursor, _Entry)]
        finally:
            _library.liasse_entries_free(cursor)

    def entries_table(self, patient: str, statuses: int = STATUSES_APPROVED) -> Any:
        """The list as a pyarrow.Table, whose columns are not copied."""
        return self._table(_library.liasse_session_entries_arrow, patient, statuses)

    def points_table(self, patient: str, statuses: int = STATUSES_APPROVED) -> Any:
        """The data points as a pyarrow.Table, whose columns are not copied."""
        return self._table(_library.liasse_session_points_arrow, patient, statuses)

    def _table(self, function: Any, patient: str, statuses: int) -> Any:
        import pyarrow
        stream = (c_void_p * 5)()
        _call(function, self._handle, _text(patient), statuses, byref(stream))
        return pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()

    def ask(self, query: str, form: int = FORM_WORDS, patient: Optional[str] = None) -> Answer:
        text = _text(query)
        what = _Search(struct_size=sizeof(_Search), query=text, query_length=len(text), form=form,
                       patient=patient and _text(patient))
        answer = c_void_p()
        _call(_library.liasse_session_ask, self._handle, byref(what), byref(answer))
        try:
            hits = [_hit(row) for row in _rows(_library.liasse_answer_next_hit, answer, _Hit)]
            counts = [(str(row.facet), str(row.group), row.documents)
                      for row in _rows(_library.liasse_answer_next_count, answer, _Count)]
            cursor = _library.liasse_answer_cursor(answer)
            return Answer(hits, counts, cursor and cursor.decode())
        finally:
            _library.liasse_answer_free(answer)

    def fetch(self, document: Id) -> bytes:
        fetched = c_void_p()
        _call(_library.liasse_session_fetch, self._handle, byref(document), byref(fetched))
        try:
            return ctypes.string_at(_library.liasse_bytes_data(fetched),
                                    _library.liasse_bytes_length(fetched))
        finally:
            _library.liasse_bytes_free(fetched)


class Engine:
    """An open store. Close it, or use it in a with statement."""

    def __init__(self, handle: c_void_p) -> None:
        self._handle = handle

    @classmethod
    def create(cls, directory: str, key_file: str) -> Engine:
        return cls._start(_library.liasse_engine_create, directory, key_file)

    @classmethod
    def open(cls, directory: str, key_file: str) -> Engine:
        return cls._start(_library.liasse_engine_open, directory, key_file)

    @classmethod
    def _start(cls, function: Callable[..., int], directory: str, key_file: str) -> Engine:
        how = _OpenOptions(struct_size=sizeof(_OpenOptions), key_file=_text(key_file))
        handle = c_void_p()
        _call(function, _text(directory), byref(how), byref(handle))
        return cls(handle)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        handle, self._handle = self._handle, c_void_p()
        _call(_library.liasse_engine_close, handle)

    def session(self, actor: str, profession: str, purpose: int,
                patient: Optional[str] = None) -> Session:
        who = _SessionOptions(struct_size=sizeof(_SessionOptions), actor=_text(actor),
                              profession=_text(profession), purpose=purpose,
                              patient=patient and _text(patient))
        handle = c_void_p()
        _call(_library.liasse_session_open, self._handle, byref(who), byref(handle))
        return Session(handle)
