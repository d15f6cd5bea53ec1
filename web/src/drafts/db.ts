/**
 * What this device keeps until a service has it: drafts, files on their way, and forms that wait for the network. It is in
 * IndexedDB; where the browser gives none (private mode) or has no room, in memory, and `durable` says so.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { ref } from 'vue'

/** Something that a person wrote and no service has yet. `content` is JSON; its shape is the form's own. */
export interface Draft {
  key: string
  account: string
  card: string
  form: string
  /** What the draft is about, for lists: 志愿服务. */
  title: string
  content: unknown
  /** Counts the times it was stored: two tabs that write the same draft notice each other by it. */
  revision: number
  saved_at: number
}

/** A file on its way. Its bytes are in `blobs`, so that a change of state does not write them again. */
export interface StoredUpload {
  id: string
  account: string
  /** Key of the draft that it belongs to. */
  owner: string
  target: string
  name: string
  media_type: string
  original_size: number
  size: number
  /** Whether the picture was made small already. */
  ready: boolean
  file_id: string | null
  offers: number
  added_at: number
}

/** A form that was sent while there was no network, or whose files are still on their way. */
export interface Waiting {
  key: string
  account: string
  card: string
  title: string
  /** The page on which it is edited. */
  path: string
  /** What sends it; the feature that knows how registers it under this name. */
  sender: string
  request: unknown
  /** Idempotency key: however often it is sent, it counts once. */
  id: string
  refused: unknown
  since: number
}

interface Schema extends DBSchema {
  drafts: { key: string; value: Draft; indexes: { account: string } }
  uploads: { key: string; value: StoredUpload; indexes: { account: string; owner: string } }
  blobs: { key: string; value: Blob }
  waiting: { key: string; value: Waiting; indexes: { account: string } }
}
export type StoreName = 'drafts' | 'uploads' | 'blobs' | 'waiting'
type ValueOf<Name extends StoreName> = Schema[Name]['value']

/** False: what is written is lost when the page is closed. */
export const durable = ref(true)
const memory: { [Name in StoreName]: Map<string, ValueOf<Name>> } = {
  drafts: new Map(),
  uploads: new Map(),
  blobs: new Map(),
  waiting: new Map(),
}
let opened: Promise<IDBPDatabase<Schema> | null> | null = null
/** The open database, for what cannot wait. */
let current: IDBPDatabase<Schema> | null = null

function open(): Promise<IDBPDatabase<Schema> | null> {
  opened ??= (async () => {
    try {
      current = await openDB<Schema>('zongping', 1, {
        upgrade(db) {
          db.createObjectStore('drafts', { keyPath: 'key' }).createIndex('account', 'account')
          const uploads = db.createObjectStore('uploads', { keyPath: 'id' })
          uploads.createIndex('account', 'account')
          uploads.createIndex('owner', 'owner')
          db.createObjectStore('blobs')
          db.createObjectStore('waiting', { keyPath: 'key' }).createIndex('account', 'account')
        },
        blocking: (_version, _next, event) => {
          current = null
          ;(event.target as IDBDatabase).close()
        },
        terminated: () => (opened = current = null),
      })
      return current
    } catch {
      durable.value = false
      return null
    }
  })()
  return opened
}

function keyOf<Name extends StoreName>(name: Name, value: ValueOf<Name>): string {
  return name === 'uploads' ? (value as StoredUpload).id : (value as Draft | Waiting).key
}

export async function get<Name extends StoreName>(name: Name, key: string): Promise<ValueOf<Name> | undefined> {
  const kept = memory[name].get(key) as ValueOf<Name> | undefined
  return kept ?? (await (await open())?.get(name, key))
}

/** All of an account, or of an owner, what is only in memory included. */
export async function all<Name extends 'drafts' | 'uploads' | 'waiting'>(
  name: Name,
  index: 'account' | 'owner',
  key: string,
): Promise<ValueOf<Name>[]> {
  const kept = [...memory[name].values()].filter((it) => (it as StoredUpload)[index] === key) as ValueOf<Name>[]
  const ids = new Set(kept.map((it) => keyOf(name, it)))
  const stored = (await (await open())?.getAllFromIndex(name, index as never, key as never)) ?? []
  return [...(stored as ValueOf<Name>[]).filter((it) => !ids.has(keyOf(name, it))), ...kept]
}

/** Stores a value; in memory if there is no room on the disk. */
export async function put<Name extends StoreName>(name: Name, value: ValueOf<Name>, key?: string): Promise<void> {
  const at = key ?? keyOf(name, value)
  try {
    const db = await open()
    if (!db) throw new Error('no database')
    await db.put(name, value, key)
    memory[name].delete(at)
  } catch {
    durable.value = false
    ;(memory[name] as Map<string, ValueOf<Name>>).set(at, value)
  }
}

export async function remove(name: StoreName, key: string): Promise<void> {
  memory[name].delete(key)
  await (await open())?.delete(name, key)
}

/** Stores a draft if nobody stored another one meanwhile: the stored draft (or null, it was removed) if somebody did. */
export async function putIfNewer(
  draft: Draft,
  seen: number,
): Promise<{ ok: true } | { ok: false; found: Draft | null }> {
  const db = await open()
  if (!db) {
    memory.drafts.set(draft.key, draft)
    return { ok: true }
  }
  try {
    const tx = db.transaction('drafts', 'readwrite')
    const found = memory.drafts.get(draft.key) ?? (await tx.store.get(draft.key)) ?? null
    if ((found?.revision ?? 0) !== seen) {
      await tx.done
      return { ok: false, found }
    }
    await tx.store.put(draft)
    await tx.done
    memory.drafts.delete(draft.key)
  } catch {
    durable.value = false
    memory.drafts.set(draft.key, draft)
  }
  return { ok: true }
}

/**
 * Stores a draft while the page goes away: everything is handed to the browser before this returns, because an answer might come
 * too late. It cannot see what another tab stored within the last milliseconds; nobody writes in two tabs at once.
 */
export function putAtOnce(draft: Draft): boolean {
  if (!current || memory.drafts.has(draft.key)) return false
  try {
    const tx = current.transaction('drafts', 'readwrite')
    tx.done.catch(() => undefined)
    tx.store.put(draft).catch(() => undefined)
    tx.commit()
    return true
  } catch {
    return false
  }
}
