// Builds the web client into web/node_modules/.build, compresses it, and releases it into web/dist; nothing if no source has
// changed. With a folder, `node build.mjs FOLDER`, only builds into that: tests of a release make further versions so.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { release } from './release.mjs'

const root = resolve(import.meta.dirname, '../..')
const web = join(root, 'web')
const done = join(web, 'node_modules/.build')
const served = join(web, 'dist')
const IGNORED = new Set(['node_modules', 'dist', 'tests', 'coverage'])
const TEXT = /\.(js|css|html|svg|json|webmanifest|txt)$/

/** The paths of all files below a folder, without hidden ones. */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || IGNORED.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : [path]
  })
}

/** A hash of everything that a build reads. */
function sourcesHash() {
  const hash = createHash('sha256')
  for (const path of [...files(web), ...files(import.meta.dirname)].sort()) {
    hash.update(`${relative(root, path)}\0`).update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

/** Writes .br and .gz beside each text, where that is smaller, and the ETag of what is served under a fixed name. */
function compress(folder) {
  for (const path of files(folder)) {
    const content = readFileSync(path)
    const written = [path]
    if (TEXT.test(path)) {
      const text = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
      const versions = { br: brotliCompressSync(content, { params: text }), gz: gzipSync(content, { level: 9 }) }
      for (const [suffix, compressed] of Object.entries(versions)) {
        if (compressed.length >= content.length) continue
        writeFileSync(`${path}.${suffix}`, compressed)
        written.push(`${path}.${suffix}`)
      }
    }
    if (relative(folder, path).startsWith('assets')) continue
    // The time of a file, of which Caddy makes an ETag otherwise, is another one on each server.
    for (const one of written) {
      writeFileSync(`${one}.etag`, `"${createHash('sha256').update(readFileSync(one)).digest('hex').slice(0, 32)}"`)
    }
  }
}

/** Makes the files that are served, in an empty folder. */
function build(folder) {
  const vite = join(web, 'node_modules/vite/bin/vite.js')
  execFileSync(process.execPath, [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: web,
    stdio: 'inherit',
  })
  compress(folder)
}

/** Builds and releases into web/dist, unless that was done with these sources. */
function buildAndRelease() {
  const sources = sourcesHash()
  const marker = join(done, '.sources')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === sources && existsSync(join(served, 'index.html'))) return
  console.log('Building the web client')
  const fresh = `${done}-${process.pid}`
  try {
    build(fresh)
    release(fresh, served)
    writeFileSync(join(fresh, '.sources'), sources)
    rmSync(done, { recursive: true, force: true })
    renameSync(fresh, done)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

const [elsewhere] = process.argv.slice(2)
if (elsewhere) build(resolve(elsewhere))
else buildAndRelease()
