import { describe, expect, it, vi } from 'vitest'
import { uuid } from '@/api/client'
import { ApiProblem } from '@/api/problem'

describe('problems', () => {
  it('gives each field its first message', () => {
    const errors = [
      { field: 'hours', message: '请填写时长' },
      { field: 'hours', message: '另一句' },
    ]
    expect(new ApiProblem({ title: '', status: 422, code: 'invalid_input', errors }).byField).toEqual({
      hours: '请填写时长',
    })
  })

  it('makes a sentence of an answer that is no problem document', async () => {
    const problem = await ApiProblem.from(new Response('<html>', { status: 502 }))
    expect(problem.document.title).toBe('服务暂时不可用，请稍后再试')
  })
})

describe('ids', () => {
  it('are UUIDs of version 4', () => {
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('what a device remembers', () => {
  it('lasts as long as the page where the browser keeps nothing', async () => {
    vi.resetModules()
    vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError')
    })
    const { onDevice } = await import('@/ui/stored')
    onDevice.setItem('zp-large', '1')
    expect(onDevice.getItem('zp-large')).toBe('1')
    onDevice.removeItem('zp-large')
    expect(onDevice.getItem('zp-large')).toBeNull()
    vi.restoreAllMocks()
  })
})
