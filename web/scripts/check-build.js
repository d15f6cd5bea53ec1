// Checks the last build: the weight of each screen as it is sent (Brotli), and that Chromium 90 can run it.
// With `--list`, prints the weight of every screen, as JSON.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { parse } from 'espree'

const build = new URL('../node_modules/.build/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', build), 'utf8'))
const KB = 1024
const START = { js: 110 * KB, css: 25 * KB }
const SCREEN = 35 * KB
/** Charts come after the screen that has them, and are the same for all. */
const CHARTS = /chart/i
const CHART_LIMIT = 220 * KB
/** What libraries must not call: newer than Chromium 90, and not added by `src/ui/old-browsers.ts`. */
const NEWER = [
  ...['findLast', 'findLastIndex', 'randomUUID', 'withResolvers', 'groupBy', 'showPopover', 'checkVisibility'],
  ...['isWellFormed', 'toWellFormed', 'scheduler\\.yield', 'AbortSignal\\.any', 'AbortSignal\\.timeout'],
]
const NEWER_CALL = new RegExp(`(?:\\.(?:${NEWER.join('|')})|\\bstructuredClone)\\(`, 'g')
const NEWER_CSS = new RegExp(
  [
    /:has\(|@layer|@container|@scope|@starting-style|@property|color-mix\(|light-dark\(|okl(?:ch|ab)\(/.source,
    /\d[dsl]v[hw]\b|(?:accent-color|text-wrap|scrollbar-gutter|field-sizing|interpolate-size|anchor-name)\s*:/.source,
    /@media[^{]*[<>]|[{;](?:translate|rotate|scale)\s*:|:popover-open|:user-(?:in)?valid|\[inert\]|[{;]\s*&/.source,
    /url\(["']?data:/.source, // not newer, but against the policy
  ].join('|'),
  'g',
)

/** The bytes of a file as most browsers get it. */
function weight(file) {
  const packed = new URL(`${file}.br`, build)
  return statSync(existsSync(packed) ? packed : new URL(file, build)).size
}

/** The files that are loaded with an entry of the manifest. */
function closure(key, seen = new Set()) {
  const entry = manifest[key]
  if (seen.has(entry.file)) return seen
  seen.add(entry.file)
  for (const file of entry.css ?? []) seen.add(file)
  for (const other of entry.imports ?? []) closure(other, seen)
  return seen
}

function sum(files, suffix) {
  return [...files].filter((file) => file.endsWith(suffix)).reduce((total, file) => total + weight(file), 0)
}

const findings = []
function need(bytes, limit, what) {
  if (bytes > limit) findings.push(`${what}: ${(bytes / KB).toFixed(1)} KB, at most ${limit / KB} KB`)
}

/** What everybody loads: sign-in and the homes of those with a phone are part of it (`vite.config.ts`). */
const START_PAGE = 'index.html'
const start = closure(START_PAGE)
const screens = { [START_PAGE]: { js: sum(start, '.js'), css: sum(start, '.css') } }
need(screens[START_PAGE].js, START.js, 'the start, scripts')
need(screens[START_PAGE].css, START.css, 'the start, styles')
for (const [key, { isDynamicEntry }] of Object.entries(manifest)) {
  if (!isDynamicEntry) continue
  const more = new Set([...closure(key)].filter((file) => !start.has(file)))
  screens[key] = { js: sum(more, '.js'), css: sum(more, '.css') }
  need(screens[key].js + screens[key].css, CHARTS.test(key) ? CHART_LIMIT : SCREEN, `${key}, beyond the start`)
}

for (const name of readdirSync(new URL('assets/', build))) {
  const file = new URL(`assets/${name}`, build)
  if (name.endsWith('.js')) {
    const text = readFileSync(file, 'utf8')
    for (const [call] of text.matchAll(NEWER_CALL))
      findings.push(`${name} calls ${call}), which Chromium 90 does not have`)
    try {
      parse(text, { ecmaVersion: 2021, sourceType: 'module' })
    } catch (error) {
      findings.push(`${name} has syntax that Chromium 90 may not know: ${error.message}`)
    }
  } else if (name.endsWith('.css')) {
    for (const [rule] of readFileSync(file, 'utf8').matchAll(NEWER_CSS)) findings.push(`${name} has ${rule}`)
  }
}

if (process.argv.includes('--list')) console.log(JSON.stringify(screens, null, 1))
if (findings.length) {
  console.error(findings.join('\n'))
  process.exit(1)
}
