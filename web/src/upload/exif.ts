/** The orientation that a camera wrote into a JPEG: 1 to 8 of EXIF, 1 where there is none. Reads the first 128 KB only. */
export async function orientationOf(file: Blob): Promise<number> {
  const view = new DataView(await file.slice(0, 131_072).arrayBuffer())
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return 1
  let at = 2
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    if (marker === 0xda || marker === 0xd9) break
    const length = view.getUint16(at + 2)
    if (marker === 0xe1 && at + 10 <= view.byteLength && view.getUint32(at + 4) === 0x45786966) {
      return inTiff(view, at + 10, Math.min(at + 2 + length, view.byteLength))
    }
    at += 2 + length
  }
  return 1
}

function inTiff(view: DataView, start: number, end: number): number {
  if (start + 8 > end) return 1
  const little = view.getUint16(start) === 0x4949
  const directory = start + view.getUint32(start + 4, little)
  if (directory + 2 > end) return 1
  const count = view.getUint16(directory, little)
  for (let entry = directory + 2; entry < directory + 2 + count * 12 && entry + 12 <= end; entry += 12) {
    if (view.getUint16(entry, little) !== 0x0112) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}
