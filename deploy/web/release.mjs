// Puts a build into the folder that is served: `node release.mjs web/node_modules/.build /srv/web`. A page that was open before the release
// still finds its assets: those of the two releases before stay.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const KEPT = 3
const LIST = 'releases.json'
const ASSETS = 'assets/'

/** The paths of all files below a folder, relative to it, without hidden ones, in the order in which they may be replaced. */
function files(folder) {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => part.startsWith('.')))
  return found.sort((a, b) => turn(a) - turn(b))
}

/** Assets come before the pages that ask for them. A new ETag with an old page would keep browsers on the old one. */
function turn(path) {
  if (path.startsWith(ASSETS)) return 0
  return path.endsWith('.etag') ? 2 : 1
}

/** Copies the build into `served` file by file, each at once, and removes the assets of all but the newest releases. */
export function release(build, served) {
  const list = join(served, LIST)
  const paths = files(build)
  const id = createHash('sha256').update(readFileSync(join(build, 'index.html'))).digest('hex')
  const before = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  const releases = [{ id, files: paths }, ...before.filter((one) => one.id !== id)].slice(0, KEPT)
  for (const path of paths) {
    const target = join(served, path)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(build, path), `${target}.new`)
    renameSync(`${target}.new`, target)
  }
  writeFileSync(`${list}.new`, JSON.stringify(releases, null, 1))
  renameSync(`${list}.new`, list)
  const kept = new Set([...paths, ...releases.flatMap((one) => one.files.filter((path) => path.startsWith(ASSETS)))])
  for (const path of files(served)) {
    if (path !== LIST && !kept.has(path)) rmSync(join(served, path))
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [build, served] = process.argv.slice(2)
  if (!served) throw new Error('usage: node release.mjs BUILD SERVED')
  release(resolve(build), resolve(served))
}
