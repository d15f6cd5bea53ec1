/** What a report or an archive says, as its page is drawn: of a sealed archive, or of a report before that. */
import type { components } from '@/api/generated/archive'

type Content = components['schemas']['ContentView']

export interface Paper extends Pick<
  Content,
  | 'period'
  | 'sections'
  | 'school_and_class'
  | 'student'
  | 'positions'
  | 'radar'
  | 'dimensions'
  | 'groups'
  | 'evaluations'
  | 'misconduct'
> {
  /** Of a sealed archive. */
  archive?: Pick<Content['archive'], 'former_name' | 'version'> | null
  backfill?: Content['backfill']
  replaces?: Content['replaces']
  result?: Content['result']
  scores?: Content['scores']
}
