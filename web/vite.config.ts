import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'

/** The version of a build: a hash of what it is made of, so that the same source is the same version everywhere. */
function sourceHash(): string {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const files = ['index.html', 'package-lock.json', 'vite.config.ts']
  for (const entry of readdirSync(`${root}src`, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) files.push(`${entry.parentPath}/${entry.name}`.slice(root.length))
  }
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(file).update(readFileSync(root + file))
  return hash.digest('hex').slice(0, 16)
}

const version = process.env.ZP_WEB_VERSION ?? sourceHash()

/** Writes `version.json`, by which an open page learns that a newer client is served (`app/version.ts`). */
const versionFile: Plugin = {
  name: 'version-file',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'version.json', source: JSON.stringify({ version }) })
  },
}

/** Lets the page load `EARLY` before all else. */
const earlyScript: Plugin = {
  name: 'early-script',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle }) => {
      const file = Object.values(bundle ?? {}).find(
        (one) => one.type === 'chunk' && one.facadeModuleId?.endsWith(EARLY),
      )
      const tag = (src: string) => `<script type="module" async crossorigin src="/${src}"></script>\n    `
      return file ? html.replace('<script', tag(file.fileName) + '<script') : html
    },
  },
}

interface Graph {
  getModuleInfo: (id: string) => { readonly importedIds: readonly string[] } | null
}

/** What runs while all else is on its way. */
const EARLY = 'src/early.ts'

/** Where the client starts, and the pages that people see first. */
const FIRST = [
  'index.html',
  'src/features/sign-in/SignInPage.vue',
  ...['StudentHome', 'GuardianHome', 'TasksPage'].map((name) => `src/features/home/${name}.vue`),
]

/** Everything that some modules import, and what that imports. */
function reached(names: string[], graph: Graph): Set<string> {
  const found = new Set<string>()
  const open = names.map((name) => fileURLToPath(new URL(name, import.meta.url)))
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue
    found.add(id)
    open.push(...(graph.getModuleInfo(id)?.importedIds ?? []))
  }
  return found
}

/**
 * Two files for the first screens, as each file and each that is found out late costs a slow network a turn: libraries, which
 * stay the same over most releases, and the start. All else goes where it is used.
 */
function firstFiles() {
  let sets: [early: Set<string>, first: Set<string>] | null = null
  const file = (id: string, graph: Graph): string | null => {
    const [early, first] = (sets ??= [reached([EARLY], graph), reached(FIRST, graph)])
    if (early.has(id)) return 'early'
    if (!first.has(id)) return null
    return id.includes('node_modules') || id.includes('rolldown/runtime') ? 'libraries' : 'start'
  }
  // A group takes what its modules import along: what the others import comes first.
  return ['early', 'libraries', 'start'].map((wanted) => ({
    debugName: wanted,
    name: (id: string, graph: Graph) => (file(id, graph) === wanted ? wanted : null),
  }))
}

export default defineConfig({
  plugins: [vue(), versionFile, earlyScript],
  define: { __VERSION__: JSON.stringify(version) },
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    target: 'chrome90',
    cssTarget: 'chrome90',
    manifest: true,
    // The policy allows no `data:` addresses: every picture is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page of all components is built only for the gallery (`ZP_KIT=1`, another `--outDir`).
    rolldownOptions: {
      input: process.env.ZP_KIT ? 'kit.html' : ['index.html', EARLY],
      output: process.env.ZP_KIT ? {} : { codeSplitting: { groups: firstFiles() } },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
