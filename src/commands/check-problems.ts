/**
 * Everything that `sallyport check` finds beyond what reading the files already reports, by code. Codes are closed, and
 * docs/problems.md explains each in these words.
 */
export const CHECK_PROBLEMS = {
  LEFT_OUT: 'A file below `policies/` was not read: it is no text, or a link that leads out of the folder.',
  NO_OUTER_DOOR: 'The catalogue names no FortiGate whose configuration is declared.',
  NO_INNER_DOOR: 'The catalogue names no HAProxy whose configuration is declared.',
  NO_VIP: 'The VIP that the service names as its entry is not on the FortiGate.',
  VIP_UNCLEAR: 'The VIP does not send the port of the service to one known address.',
  NO_FRONTEND: 'The frontend that the service names as its route is not on HAProxy.',
  NO_BIND: 'The frontend does not listen where the VIP sends its traffic.',
  NO_BACKEND: 'The backend that the service names as its route is not on HAProxy.',
  OTHER_SERVERS: 'The servers of the service file are not those of its backend.',
  GRANT_UNCLEAR: 'The entry of the access list means nothing that a door could hold to.',
  GRANT_OVER: 'The time of this entry is over, so it can be taken out.',
  GRANT_TOO_LONG: 'The entry lasts longer than the guardrails let anybody ask for.',
  AGAINST_GUARDRAIL: 'The entry opens what the guardrails say is never opened.',
  GRANT_NOT_OPEN: 'The entry declares access that the doors do not give.',
  GRANT_DEPENDS: 'Whether the entry holds depends on something that the configurations do not decide.',
  OPEN_TO_OTHERS: 'The doors let somebody reach the service whom no entry of its access list lets in.',
  PERHAPS_OPEN_TO_OTHERS:
    'Whether the doors let others reach the service depends on something that the configurations do not decide.',
  POLICY_SHADOWED: 'A FortiGate policy never decides anything, because policies above it take all that it would match.',
} as const
export type CheckProblemCode = keyof typeof CHECK_PROBLEMS
