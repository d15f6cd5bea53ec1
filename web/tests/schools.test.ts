import { describe, expect, it } from 'vitest'
import { chosenBelow } from '@/data/schools'

describe('the school of a recorder', () => {
  it('is the own one for a card of a school or below', () => {
    expect(chosenBelow('school', 'sh.sh.bs.s1', '')).toEqual({ steps: [], school: 'sh.sh.bs.s1' })
    expect(chosenBelow('class', 'sh.sh.bs.s1.g2025.c01', 'sh.sh.bs.s2')).toEqual({
      steps: [],
      school: 'sh.sh.bs.s1.g2025.c01',
    })
  })

  it('is chosen in one step by a district and in two by a city', () => {
    expect(chosenBelow('district', 'sh.sh.bs', '')).toEqual({
      steps: [{ title: '学校', parent: 'sh.sh.bs', chosen: '' }],
      school: null,
    })
    expect(chosenBelow('district', 'sh.sh.bs', 'sh.sh.bs.s2').school).toBe('sh.sh.bs.s2')
    expect(chosenBelow('city', 'sh.sh', 'sh.sh.bs')).toEqual({
      steps: [
        { title: '区县', parent: 'sh.sh', chosen: 'sh.sh.bs' },
        { title: '学校', parent: 'sh.sh.bs', chosen: '' },
      ],
      school: null,
    })
    expect(chosenBelow('city', 'sh.sh', 'sh.sh.bs.s2')).toEqual({
      steps: [
        { title: '区县', parent: 'sh.sh', chosen: 'sh.sh.bs' },
        { title: '学校', parent: 'sh.sh.bs', chosen: 'sh.sh.bs.s2' },
      ],
      school: 'sh.sh.bs.s2',
    })
  })

  it('is none outside of the own organisation, and no class', () => {
    expect(chosenBelow('district', 'sh.sh.bs', 'sh.sh.jd.s1').school).toBeNull()
    expect(chosenBelow('district', 'sh.sh.bs', 'sh.sh.bsx.s1').school).toBeNull()
    expect(chosenBelow('district', 'sh.sh.bs', 'sh.sh.bs.s2.g2025.c01').school).toBe('sh.sh.bs.s2')
  })
})
