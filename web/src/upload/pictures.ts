/**
 * Makes photos small and upright before they are sent. Turned once, not twice: browsers differ in whether decoding applies the
 * camera's orientation (a probe tells), and what a canvas writes has no orientation any more.
 */
import { orientationOf } from './exif'

export interface PictureLimits {
  /** Longest side of what is sent, in pixels. */
  side: number
  /** JPEG quality, 0 to 1. */
  quality: number
}

export const LIMITS: PictureLimits = { side: 2560, quality: 0.85 }
/** Below this size a picture that is upright and not too large goes as it is, in bytes. */
const SMALL = 600_000

export interface Prepared {
  blob: Blob
  media_type: string
}

/**
 * A JPEG of 2 × 1 pixels whose EXIF says that it stands on its side: a browser that applies it decodes 1 × 2 pixels.
 */
const PROBE =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z'
let applied: Promise<boolean> | null = null

/** Whether decoding a picture applies its orientation in this browser. */
function appliesOrientation(): Promise<boolean> {
  applied ??= (async () => {
    const bytes = Uint8Array.from(atob(PROBE), (letter) => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })).catch(() => null)
    return bitmap === null || bitmap.height > bitmap.width
  })()
  return applied
}

/** Canvas transform of each orientation; `a b c d e f` with the drawn width and height put in. */
const TURNS: Record<number, (w: number, h: number) => [number, number, number, number, number, number]> = {
  2: (w) => [-1, 0, 0, 1, w, 0],
  3: (w, h) => [-1, 0, 0, -1, w, h],
  4: (_w, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (_w, h) => [0, 1, -1, 0, h, 0],
  7: (w, h) => [0, -1, -1, 0, h, w],
  8: (w) => [0, -1, 1, 0, 0, w],
}

interface Upright {
  bitmap: ImageBitmap
  /** What the canvas still has to turn; 1: nothing. */
  turn: number
}

async function decode(file: Blob): Promise<Upright | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return null
  return { bitmap, turn: (await appliesOrientation()) ? 1 : await orientationOf(file) }
}

function draw({ bitmap, turn }: Upright, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const [w, h] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))]
  const canvas = document.createElement('canvas')
  ;[canvas.width, canvas.height] = turn > 4 ? [h, w] : [w, h]
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  pen.fillStyle = '#fff' // behind what is transparent: JPEG has no alpha
  pen.fillRect(0, 0, canvas.width, canvas.height)
  const matrix = TURNS[turn]?.(w, h)
  if (matrix) pen.setTransform(...matrix)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(bitmap, 0, 0, w, h)
  return canvas
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
}

/**
 * The picture as it is sent. What this browser cannot decode (HEIC in most) goes as it is, the server converts it; so does what
 * would not become smaller.
 */
export async function prepare(file: Blob, limits: PictureLimits = LIMITS): Promise<Prepared> {
  const asItIs = { blob: file, media_type: file.type }
  const found = await decode(file)
  if (!found) return asItIs
  try {
    const { bitmap } = found
    const upright = (await orientationOf(file)) === 1
    const fits = Math.max(bitmap.width, bitmap.height) <= limits.side
    if (upright && fits && file.size <= SMALL) return asItIs
    const small = await encoded(draw(found, limits.side), limits.quality)
    if (!small || (upright && fits && small.size >= file.size)) return asItIs
    return { blob: small, media_type: 'image/jpeg' }
  } catch {
    return asItIs // too little memory for the canvas: the server makes it small
  } finally {
    found.bitmap.close()
  }
}

/** Draws a picture into a square canvas, cut to its middle; false if this browser cannot decode it. */
export async function drawThumbnail(file: Blob, canvas: HTMLCanvasElement, side: number): Promise<boolean> {
  const found = await decode(file)
  if (!found) return false
  const scale = Math.min(found.bitmap.width, found.bitmap.height)
  const whole = draw(found, (side * Math.max(found.bitmap.width, found.bitmap.height)) / scale)
  found.bitmap.close()
  canvas.width = canvas.height = side
  canvas
    .getContext('2d')
    ?.drawImage(whole, (side - whole.width) / 2, (side - whole.height) / 2, whole.width, whole.height)
  return true
}
