import { describe, expect, it } from 'vitest'
import { codeIn } from '@/features/qr-sign-in/codes'

describe('a scanned code (CS-03)', () => {
  it('is taken from an address of this platform only', () => {
    const here = 'https://zp.example'
    expect(codeIn('https://zp.example/qr-sign-in#abc', here)).toBe('abc')
    expect(codeIn('https://evil.example/qr-sign-in#abc', here)).toBeNull()
    expect(codeIn('https://zp.example/verify#abc', here)).toBeNull()
    expect(codeIn('https://zp.example/qr-sign-in', here)).toBeNull()
    expect(codeIn('WIFI:S:school;;', here)).toBeNull()
  })
})
