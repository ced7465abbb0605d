/*
 * patterns.h - what the kinds of generated traces do. Each function appends
 * the operations of one kind to the draft, from the parameters that kinds.c
 * lists for it.
 */
#ifndef TRACES_PATTERNS_H
#define TRACES_PATTERNS_H

struct draft;

void pattern_buddy_worst(struct draft *d);
void pattern_churn(struct draft *d);
void pattern_comb(struct draft *d);
void pattern_handover(struct draft *d);
void pattern_larson(struct draft *d);
void pattern_leak(struct draft *d);
void pattern_model(struct draft *d);
void pattern_pair(struct draft *d);
void pattern_peak(struct draft *d);
void pattern_phases(struct draft *d);
void pattern_ping_pong(struct draft *d);
void pattern_queue(struct draft *d);
void pattern_ramp(struct draft *d);
void pattern_requests(struct draft *d);
void pattern_robson(struct draft *d);
void pattern_rover(struct draft *d);
void pattern_short_lived(struct draft *d);
void pattern_shuffle(struct draft *d);
void pattern_stack(struct draft *d);
void pattern_tables(struct draft *d);

#endif
