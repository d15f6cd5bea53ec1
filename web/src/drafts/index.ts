/** Drafts of this device by account, for signing out and for lists. A form keeps its own by `useDraft`. */
import { all, get, remove, type Draft } from './db'
import { forgetOpen } from './useDraft'

export { durable } from './db'
export { useDraft, draftKey, type DraftState } from './useDraft'

/** Forms of complaints begin with it: nothing of them stays on a device after signing out, even where drafts are kept. */
export const PRIVATE = 'private|'

export interface DraftNote {
  key: string
  form: string
  title: string
  saved_at: number
}

/** What an account wrote on this device and no service has: drafts, newest first. Files belong to their drafts. */
export async function draftsOf(account: string): Promise<DraftNote[]> {
  const [drafts, waiting] = [await all('drafts', 'account', account), await all('waiting', 'account', account)]
  const known = new Set(drafts.map((draft) => draft.key))
  const alone = waiting.filter((it) => !known.has(it.key)).map((it) => ({ ...it, form: it.path, saved_at: it.since }))
  return [...drafts, ...alone]
    .map(({ key, form, title, saved_at }) => ({ key, form, title, saved_at }))
    .sort((a, b) => b.saved_at - a.saved_at)
}

/** Drafts of one card, such as those whose form begins with `record:`. */
export async function draftsOfCard(account: string, card: string, prefix = ''): Promise<Draft[]> {
  const drafts = await all('drafts', 'account', account)
  return drafts
    .filter((draft) => draft.card === card && draft.form.startsWith(prefix))
    .sort((a, b) => b.saved_at - a.saved_at)
}

/** Removes a draft with its files. */
export async function removeDraft(key: string): Promise<void> {
  for (const upload of await all('uploads', 'owner', key)) await removeFile(upload.id)
  await remove('waiting', key)
  await remove('drafts', key)
}

/** Removes everything that an account left on this device: drafts, files, and forms that wait for the network. */
export async function clearDrafts(account: string): Promise<void> {
  for (const { id } of await all('uploads', 'account', account)) await removeFile(id)
  for (const { key } of await all('waiting', 'account', account)) await remove('waiting', key)
  const keys = (await all('drafts', 'account', account)).map((draft) => draft.key)
  forgetOpen(account, keys)
  for (const key of keys) await remove('drafts', key)
}

/** Removes what no later user of a shared device may find, whatever becomes of the other drafts. */
export async function clearPrivateDrafts(account: string): Promise<void> {
  const keys = (await all('drafts', 'account', account)).filter(({ form }) => form.startsWith(PRIVATE))
  forgetOpen(
    account,
    keys.map(({ key }) => key),
  )
  for (const { key } of keys) await removeDraft(key)
}

export async function draftAt(key: string): Promise<Draft | null> {
  return (await get('drafts', key)) ?? null
}

async function removeFile(id: string): Promise<void> {
  await remove('blobs', id)
  await remove('uploads', id)
}
