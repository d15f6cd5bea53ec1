"""Builders for tests: one class of three students, signed, gathered in a tree, attached to small PDFs and sealed."""

import io

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name
from proof import SealedDocument, SigningKey, Tree, pdf, sign

KEY = SigningKey.generate()
OTHER = SigningKey.generate()


def a_content(name: str = "李晓雨", score: int = 92) -> dict[str, object]:
    """A minimal content."""
    return {
        "title": f"学期档案 {name}",
        "code": "7K3M-9QXA",
        "made_at": "2026-01-20T08:00:00Z",
        "score": score,
        "version": 1,
        "url": "https://zp.example/verify/7K3M-9QXA",
        "student": {"name": name},
    }


def a_document(name: str = "李晓雨", key: SigningKey = KEY) -> SealedDocument:
    """A document signed by `key`, with an inclusion proof in a tree of three."""
    documents = [sign(a_content(n), key) for n in (name, "王子轩", "陈思远")]
    return documents[0].with_proof(Tree([d.leaf() for d in documents]).inclusion(0))


def a_pdf(attachment: bytes | None, text: bytes = b"92") -> bytes:
    """One page that shows `text`, with the attachment; not sealed."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(200, 200))
        font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        page.Contents = document.make_stream(b"BT /F1 24 Tf 40 100 Td (Score: " + text + b") Tj ET")
        if attachment is not None:
            document.attachments[pdf.ATTACHMENT] = AttachedFileSpec(
                document,
                attachment,
                filename=pdf.ATTACHMENT,
                mime_type="application/json",
                description="",
                creation_date="",
                mod_date="",
            )
        out = io.BytesIO()
        document.save(out, compress_streams=False)
        return out.getvalue()


def a_sealed_pdf(key: SigningKey = KEY) -> bytes:
    """A sealed PDF as a school issues it."""
    return pdf.seal(a_pdf(a_document(key=key).to_bytes()), key)
