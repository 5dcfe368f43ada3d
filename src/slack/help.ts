/** How to talk to the bot, as mrkdwn. */
export const HELP = [
  '*Ask for access.* “give the data team access to grafana until Friday”',
  '*Give it back, or keep it longer.* “revoke data from grafana”, “extend my grafana access by two days”',
  '*Change it.* Say so in its thread (make it two weeks, also the wiki, only read access, cancel that), or press Edit on its card.',
  '*Ask why.* “why is payments unreachable?”, “can alice reach grafana?”',
  '*Ask what changed.* “what drifted?”, “what do I have?”',
  'Mention me in a channel, write to me directly, or use `/access`. Nothing opens before the right people approve.',
].join('\n')
