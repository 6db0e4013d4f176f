//! What the ports promise (`domain::ports`, `domain::row`), asked of both who
//! carry them out: the memory, and AWS as emulated on this machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code: a failure is a panic")]

#[path = "ports/backlog.rs"]
mod backlog;
#[path = "ports/guards.rs"]
mod guards;
#[path = "ports/idempotency.rs"]
mod idempotency;
#[path = "ports/installations.rs"]
mod installations;
#[path = "ports/log.rs"]
mod log;
#[path = "ports/queue.rs"]
mod queue;
#[path = "ports/samples.rs"]
mod samples;
#[path = "ports/secrets.rs"]
mod secrets;
#[path = "ports/tenants.rs"]
mod tenants;
#[path = "ports/upkeep.rs"]
mod upkeep;
#[path = "ports/webhooks.rs"]
mod webhooks;
#[path = "ports/world.rs"]
mod world;

/// Each promise is a function over a `World`; this makes two tests of it.
macro_rules! promises {
    ($($area:ident { $($promise:ident,)+ })+) => {
        mod in_memory {
            $($(
                #[tokio::test]
                async fn $promise() {
                    crate::$area::$promise(&crate::world::World::in_memory()).await;
                }
            )+)+
        }

        mod on_aws {
            $($(
                #[tokio::test]
                async fn $promise() {
                    crate::$area::$promise(&crate::world::World::on_aws().await).await;
                }
            )+)+
        }
    };
}

promises! {
    webhooks {
        a_webhook_reads_back_as_it_was_created,
        webhooks_come_in_order_of_creation,
        a_tenant_does_not_see_another_s_webhooks,
        the_same_id_is_created_once,
        a_tenant_has_at_most_its_limit,
        racing_creations_stop_at_the_limit,
        a_deletion_makes_room,
        a_deletion_of_another_version_deletes_nothing,
        a_deleted_webhook_does_not_come_back,
        an_edit_counts_the_version_and_keeps_the_rest,
    }
    guards {
        a_write_is_done_exactly_when_its_guards_hold,
        changes_do_to_the_stored_row_what_they_do_to_a_row,
        of_two_claims_of_a_wake_up_one_is_done,
    }
    tenants {
        a_tenant_that_nothing_was_said_of_is_unnamed,
        an_older_word_about_a_tenant_is_ignored,
        of_two_words_of_one_time_the_second_stands_unless_it_undoes_a_removal,
        a_removed_tenant_has_no_webhooks_until_it_is_installed_anew,
        the_last_removal_is_known_when_the_tenant_is_installed_anew,
        what_a_removal_took_is_as_good_as_gone,
        the_channel_of_a_webhook_that_a_removal_took_is_free,
    }
    idempotency {
        a_key_is_taken_once_and_answered_later,
        a_key_with_another_body_is_refused,
        a_request_that_did_not_end_is_taken_over_after_a_minute,
        a_key_that_came_to_nothing_is_free_again,
        a_key_of_unknown_outcome_is_free_for_the_same_webhook,
        an_answer_is_kept_for_a_day,
    }
    installations {
        an_installation_reads_back_for_its_tenant_for_a_day,
        a_pass_is_taken_once,
        a_slack_channel_has_one_webhook_of_a_tenant,
        every_reason_of_slack_s_reads_back,
    }
    log {
        an_entry_reads_back_and_a_second_one_replaces_it,
        known_finds_what_stands_in_the_log_among_hundreds,
        pages_lead_through_the_log_in_either_order,
        the_log_lasts_thirty_days_from_the_last_attempt,
        the_log_is_purged_page_by_page,
        hours_are_counted_apart,
        all_of_a_tenants_webhooks_are_counted_at_once,
        entries_that_are_written_at_once_are_all_there,
    }
    backlog {
        a_repeated_put_keeps_what_was_counted,
        attempts_are_written_unless_the_item_is_gone,
        the_oldest_come_first_from_a_bound_on_and_behind_another,
        pages_lead_through_all_items_in_either_order,
        redeliveries_lie_beside_their_delivery,
        what_waits_lasts_thirty_days,
        an_item_is_deleted_and_a_backlog_purged,
    }
    secrets {
        a_bundle_reads_back_under_a_new_name_each_time,
        a_deleted_bundle_is_missing,
    }
    queue {
        messages_arrive_and_delayed_ones_wait,
    }
    upkeep {
        the_webhooks_of_all_tenants_are_found_part_by_part,
        what_has_expired_goes_on_the_way,
        all_bundles_are_found_with_their_webhooks,
        the_rest_of_a_sweep_is_no_tenant_s,
    }
}
