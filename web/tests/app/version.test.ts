import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const gone: string[] = []

async function aPage() {
  vi.resetModules()
  return await import('@/app/version')
}

function served(version: string | null) {
  const body = version === null ? '' : JSON.stringify({ version })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status: version === null ? 502 : 200 })))
}

beforeEach(() => {
  gone.length = 0
  sessionStorage.clear()
  vi.stubGlobal('location', {
    ...location,
    assign: (address: string) => gone.push(address),
    reload: () => gone.push('.'),
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('a new version of the client', () => {
  it('is loaded where a file is gone, at the page that was asked for, after what was written is safe', async () => {
    served('next')
    const { onBeforeReload, reloadIfOutdated } = await aPage()
    onBeforeReload(() => Promise.resolve(gone.push('saved')))
    expect(await reloadIfOutdated('/help?a=1')).toBe(true)
    expect(gone).toEqual(['saved', '/help?a=1'])
  })

  it('is loaded once: a file that is still missing is not blamed on the version', async () => {
    served('next')
    const { reloadIfOutdated } = await aPage()
    await reloadIfOutdated('/help')
    expect(await (await aPage()).reloadIfOutdated('/help')).toBe(false)
    expect(gone).toEqual(['/help'])
  })

  it('is not assumed without an answer, or where the server has the same one', async () => {
    served(null)
    const { checkVersion, outdated, reloadIfOutdated } = await aPage()
    expect([await reloadIfOutdated('/help'), await checkVersion(), outdated.value]).toEqual([false, false, false])
    served(__VERSION__)
    expect([await reloadIfOutdated('/help'), await checkVersion()]).toEqual([false, false])
    served('next')
    expect([await checkVersion(), outdated.value]).toEqual([true, true])
    expect(gone).toEqual([])
  })
})
