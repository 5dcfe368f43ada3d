/**
 * Everything that can be wrong with an edge repository, by code. Codes are closed: `read.ts` uses no other, and
 * docs/problems.md explains each in these words.
 */
export const POLICY_PROBLEMS = {
  MISSING_FILE: 'A file that the edge repository needs is not there.',
  EMPTY_FILE: 'The file has nothing in it but blanks and comments.',
  NOT_TEXT: 'The file is not UTF-8 text, so nothing in it is believed and nothing in it is edited.',
  FILE_TOO_LARGE: 'The file is larger than any policy file should be, and was not read.',
  UNREAD_FILE: 'The file lies where policies are read from, but by its name it is none, so it has no effect.',
  YAML_SYNTAX: 'The file is not well-formed YAML.',
  YAML_EXPANSION: 'The file repeats itself through YAML aliases beyond any reasonable size, or is nested too deeply.',
  UNKNOWN_FIELD: 'The field is not part of the policy language; perhaps it is misspelt.',
  MISSING_FIELD: 'A field that must be there is not.',
  WRONG_VALUE: 'The value is not what the field takes.',
  BAD_TIMEZONE: 'The time zone is not in the IANA list, so no end of day can be computed.',
  BAD_PATTERN: 'The ticket pattern is not a regular expression.',
  HOST_BITS: 'The address range has bits set beyond its prefix, so it says one thing and means another.',
  DUPLICATE_ID: 'Two entries of one kind have the same id, so nothing that names it is certain.',
  DUPLICATE_HOST: 'Two services behind the same frontend claim the same host name; only one of them can get it.',
  DUPLICATE_REQUEST: 'Two grants carry the same request id, so revoking one would revoke both.',
  ID_IS_NOT_FILE_NAME: 'A service file is called after the id of its service.',
  UNKNOWN_GROUP: 'The group is not in the catalogue.',
  UNKNOWN_NETWORK: 'The network is not in the catalogue.',
  UNKNOWN_PERSON: 'The person is not in the catalogue.',
  UNKNOWN_SERVICE: 'There is no service file for it.',
  NOBODY_TO_APPROVE: 'The owning group has no members here, so only a directory can say who approves.',
  GROUP_WITHOUT_SOURCE: 'The group has neither networks nor an identity at a door, so no grant to it can be made.',
  ENDS_BEFORE_START: 'The grant ends before it begins, so it never opens anything.',
  PORT_NOT_OFFERED: 'The grant names a port that the service does not offer.',
  MISSING_DEVICE_FILE: 'The catalogue names a device whose declared configuration is not in policies/devices.',
  UNKNOWN_DEVICE_FILE: 'A device configuration is declared that belongs to no device of the catalogue.',
} as const

/** The closed set of codes that reading an edge repository can report. */
export type PolicyProblemCode = keyof typeof POLICY_PROBLEMS
