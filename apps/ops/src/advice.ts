/** Commands that several places advise, as they are typed but for what stands in angle brackets. */
export const BEGIN = 'holdfast promote to 10 --reason <text>'
export const ROLLBACK = 'holdfast rollback --reason <text>'
