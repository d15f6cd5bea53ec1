"""`zp verify` as a university runs it."""

import json
from pathlib import Path

import pytest
from proof.cli import main
from proof.keys import fingerprint

from .builders import KEY, OTHER, a_document, a_sealed_pdf

type Capture = pytest.CaptureFixture[str]


@pytest.mark.feature("X-10")
def test_the_verdict_is_told_in_chinese_and_by_exit_code(tmp_path: Path, capsys: Capture) -> None:
    file, ours, theirs = tmp_path / "a.pdf", tmp_path / "ours.json", tmp_path / "theirs.json"
    file.write_bytes(a_sealed_pdf())
    ours.write_text(json.dumps(KEY.public().jwks()))
    theirs.write_text(json.dumps(OTHER.public().jwks()))
    proof = a_document().proof
    assert proof is not None

    assert main(["verify", str(file), "--keys", str(ours), "--root", proof.root]) == 0
    said = capsys.readouterr().out
    assert "真实有效" in said
    assert "李晓雨" in said
    assert "第 1 份，共 3 份" in said
    assert main(["verify", str(file)]) == 3
    said = capsys.readouterr().out
    assert "尚未核对" in said
    assert fingerprint(KEY.kid) in said
    assert main(["verify", str(file), "--key", fingerprint(KEY.kid)]) == 0
    assert main(["verify", str(file), "--key", fingerprint(OTHER.kid)]) == 12
    assert main(["verify", str(file), "--keys", str(theirs)]) == 12
    assert main(["verify", str(file), "--keys", str(ours), "--root", "0" * 64]) == 14
    file.write_bytes(a_sealed_pdf().replace(b"Score: 92", b"Score: 99"))
    capsys.readouterr()
    assert main(["verify", str(file), "--keys", str(ours)]) == 10
    said = capsys.readouterr().out
    assert "文件已被改动" in said
    assert "李晓雨" not in said
    file.write_bytes(a_document().to_bytes().replace(b'"score":92', b'"score":99'))
    assert main(["verify", str(file), "--keys", str(ours)]) == 11
    file.write_bytes(b"a letter")
    assert main(["verify", str(file)]) == 13


@pytest.mark.feature("X-10")
def test_files_that_cannot_be_read_are_named(tmp_path: Path, capsys: Capture) -> None:
    missing, keys = tmp_path / "missing.pdf", tmp_path / "keys.json"
    keys.write_text("{}")
    assert main(["verify", str(missing)]) == 2
    assert "missing.pdf" in capsys.readouterr().err
    assert main(["verify", str(missing), "--keys", str(keys)]) == 2
    assert "keys.json" in capsys.readouterr().err
