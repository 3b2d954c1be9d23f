//! The conformance suites: what every adapter of a port has to do, as plain functions over the trait.
//!
//! An adapter's tests call each with something freshly made; `ledger_suite!`, `bus_suite!` and `vault_suite!` list them,
//! so that none is forgotten. A function panics where a promise is broken.

#![allow(clippy::unwrap_used, reason = "a suite is a test: it stops where a promise is broken")]

/// Contents of the suites' own making: events, plans, randomness.
pub mod sample;

/// Every commit of the ledger, for the fault tables.
pub mod commits;

/// What a test needs that a machine may lack.
pub mod need;

/// The servers that an adapter's tests talk to.
pub mod servers;

/// The ledger's promises.
pub mod ledger;

/// What the ledger promises of clocks.
pub mod clocks;

/// What supervisors look at.
pub mod board;

/// Hand-overs, and the clocks of whoever has an application.
pub mod counter;

/// Codes, exceptions, samples, and hand-overs that are taken back.
pub mod handing;

/// What a citizen sees and fetches, and the phone number that is forgotten.
pub mod citizen;

/// What lies at a centre, and each print.
pub mod tray;

/// What nobody fetches.
pub mod uncollected;
pub mod unreadable;

/// Of what citizens are reminded.
pub mod reminders;

/// Stickers, and which is on which print.
pub mod holograms;

/// The pages by which printers are tried.
pub mod test_pages;

/// Documents other than certificates.
pub mod documents;

/// What is told by mail.
pub mod mails;

/// Offices, officers and who is in charge.
pub mod directories;

/// Lists of centres.
pub mod centres;

/// What the ledger promises of changes of the rules.
pub mod changes;

/// What reports are made of.
pub mod reports;

/// What the ledger promises of accounts.
pub mod people;

/// Endpoints that are told by HTTP.
pub mod webhooks;

/// What the ledger promises of trouble and of the register.
pub mod register;

/// The bus's promises.
pub mod bus;

/// The vault's promises.
pub mod vault;

/// Makes a `#[tokio::test]` of each function of [`ledger`], [`register`], [`clocks`] and [`people`]. `$open` gives something (`None`: its
/// server is not there) whose field `ledger` dereferences to an empty ledger.
#[macro_export]
macro_rules! ledger_suite {
    ($open:expr) => {
        $crate::suite_tests!(
            ledger,
            $open,
            |it| &*it.ledger,
            an_approval_becomes_a_certificate_with_its_notice,
            a_repetition_is_a_duplicate_and_other_contents_conflict,
            events_of_one_batch_see_each_other,
            of_approved_and_rejected_the_first_recorded_wins,
            a_refusal_does_not_use_up_the_key,
            an_unauthorised_delivery_is_answered_and_records_nothing,
            a_delivery_keeps_its_first_answer,
            a_preview_answers_and_records_nothing,
            an_application_keeps_its_first_number,
            a_taken_number_or_place_is_a_collision_of_that_one_only,
            nothing_is_minted_for_what_is_not_approved,
            the_first_signature_and_the_first_seal_count,
            a_correction_supersedes_once_and_when_its_document_is_recorded,
            a_certificate_without_a_centre_and_a_superseded_one_are_only_moved_on,
            doing_all_work_twice_changes_nothing,
            a_letter_waits_once_however_often_it_is_delivered,
            sign_is_given_the_claims_and_their_key,
        );
        $crate::suite_tests!(
            register,
            $open,
            |it| &*it.ledger,
            an_ascribed_number_is_reserved_and_given_once,
            a_reservation_is_the_same_for_the_same_request,
            streams_are_numbered_from_one_without_gaps,
            a_refusal_is_told_to_the_department_if_it_is_known,
            a_parked_item_is_told_stays_and_comes_back_when_replayed,
            a_discarded_item_is_gone_and_logged,
            after_twelve_attempts_an_item_is_parked,
            keys_assets_notes_and_audit_lines_are_kept,
            certificates_are_exported_in_order_page_by_page,
            an_application_is_found_with_its_events,
            a_census_counts_and_a_probe_leaves_nothing,
        );
        $crate::suite_tests!(
            clocks,
            $open,
            |it| &*it.ledger,
            a_clock_follows_its_events,
            a_certificate_that_is_ready_stops_the_clock,
            events_in_any_order_give_the_same_clock,
            a_rung_is_recorded_once_and_told,
            conditional_and_staged_clocks_wait_for_their_turn,
            no_stage_outlives_its_application,
            the_centre_of_the_submission_counts_whatever_comes_first,
            a_late_submission_moves_no_certificate_that_is_ready,
            a_recomputation_by_the_same_rules_moves_nothing,
        );
        $crate::suite_tests!(
            board,
            $open,
            |it| &*it.ledger,
            a_board_shows_what_is_selected,
            a_trend_counts_by_civil_days,
            an_application_is_found_by_either_number,
            news_is_what_fired_since,
        );
        $crate::suite_tests!(
            counter,
            $open,
            |it| &*it.ledger,
            each_holder_has_a_clock_from_its_beginning_on,
            a_certificate_is_handed_over_once,
            of_two_at_once_one_hands_over,
            what_is_superseded_is_not_handed_over,
            a_service_without_a_document_is_provided_by_its_approval,
            a_stage_is_one_of_the_services,
        );
        $crate::suite_tests!(
            handing,
            $open,
            |it| &*it.ledger,
            a_code_hands_over_once,
            of_two_who_say_the_code_at_once_one_hands_over,
            an_exception_is_allowed_once_and_used_once,
            an_exception_is_that_of_the_centre_where_the_certificate_lies,
            some_hand_overs_are_looked_into,
        );
        $crate::suite_tests!(citizen, $open, |it| &*it.ledger, a_tracking_key_is_drawn_once_for_an_application,);
        $crate::suite_tests!(
            tray,
            $open,
            |it| &*it.ledger,
            a_tray_is_read_page_by_page_by_where_each_stands,
            each_time_a_document_is_given_out_is_a_row,
            of_two_prints_at_once_both_are_counted,
            what_is_not_live_is_not_printed,
            what_is_sought_is_found_at_its_own_centre_alone,
            a_stream_says_how_far_it_has_come,
        );
        $crate::suite_tests!(
            uncollected,
            $open,
            |it| &*it.ledger,
            what_waits_is_listed_the_longest_first,
            a_certificate_goes_back_once,
            a_certificate_goes_on_with_a_clock_of_its_own,
            what_went_back_can_be_sent_out_again,
            what_does_not_wait_goes_nowhere,
            of_two_acts_at_once_one_wins,
            a_centre_is_emptied_batch_by_batch,
        );
        $crate::suite_tests!(
            holograms,
            $open,
            |it| &*it.ledger,
            a_range_is_issued_once_and_overlaps_none,
            of_two_ranges_at_once_one_is_issued,
            a_sticker_is_bound_once_from_the_own_centres_stock,
            of_two_who_bind_at_once_each_is_told_what_is_so,
            a_reprint_gets_a_new_sticker,
            what_is_written_off_stays_so,
        );
        $crate::suite_tests!(
            test_pages,
            $open,
            |it| &*it.ledger,
            a_test_page_is_scanned_back_at_its_own_centre,
            after_five_wrong_codes_there_is_a_fresh_page,
            two_at_once_have_one_page,
        );
        $crate::suite_tests!(
            documents,
            $open,
            |it| &*it.ledger,
            an_order_asked_twice_is_one_row,
            the_first_plan_and_the_first_seal_of_a_document_count,
            a_submission_orders_its_acknowledgement,
            an_acknowledgement_promises_no_day_that_nobody_knows,
        );
        $crate::suite_tests!(
            mails,
            $open,
            |it| &*it.ledger,
            a_breach_is_told_at_once_to_those_whose_it_is,
            a_mailing_comes_again_as_it_was,
        );
        $crate::suite_tests!(
            directories,
            $open,
            |it| &*it.ledger,
            a_directory_is_loaded_once_whole_and_kept,
            a_department_has_unknown_offices_and_officers_refused,
            an_officer_is_judged_by_the_office_that_had_the_application_then,
            those_in_charge_are_told_and_who_handed_over_is_not,
            what_nobody_could_be_told_of_is_seen_and_told_later,
            an_appellate_officer_sees_the_appeals_of_the_offices_before_him,
        );
        $crate::suite_tests!(
            centres,
            $open,
            |it| &*it.ledger,
            a_list_of_centres_is_loaded_once_and_kept,
            a_centre_at_which_certificates_wait_does_not_leave_the_list,
        );
        $crate::suite_tests!(
            changes,
            $open,
            |it| &*it.ledger,
            a_change_is_decided_once_and_by_another_person,
            an_approved_holiday_moves_open_clocks_and_says_which,
            a_notified_limit_is_that_of_applications_submitted_since,
            a_practice_is_that_of_what_begins_since,
            an_event_before_the_walk_leaves_the_move_to_the_change,
            changes_that_come_together_answer_each_for_its_own,
        );
        $crate::suite_tests!(
            reports,
            $open,
            |it| &*it.ledger,
            a_report_counts_each_case_once,
            a_return_counts_what_is_ready_and_what_is_handed_over,
        );
        $crate::suite_tests!(
            people,
            $open,
            |it| &*it.ledger,
            an_account_is_added_once_reset_and_disabled_for_good,
            attempts_are_counted_and_a_code_is_good_once,
            an_address_is_changed_and_taken_away,
            sessions_are_kept_until_they_are_over,
            what_is_taken_is_gone,
            a_provider_opens_its_own_accounts_alone,
            post_and_bounds_follow_the_provider,
        );
        $crate::suite_tests!(
            webhooks,
            $open,
            |it| &*it.ledger,
            an_endpoint_is_told_in_order_of_what_comes_after_it,
            an_endpoint_is_in_one_hand_at_a_time,
            what_is_settled_twice_is_settled_once,
            a_failure_waits_and_a_success_forgets_it,
            an_endpoint_chooses_its_words,
            a_place_that_is_put_back_stays_back,
            an_endpoint_that_is_over_waits_for_a_person,
            an_endpoint_that_is_over_is_told_to_those_who_look_after_it,
            a_secret_is_changed_with_an_overlap,
            an_endpoint_is_added_once_and_removed_with_its_secrets,
        );
    };
}

/// Makes a `#[tokio::test]` of each function of [`bus`]. `$open` gives, or `None`, something whose field `bus` is an empty bus and
/// whose field `ledger` dereferences to its ledger.
#[macro_export]
macro_rules! bus_suite {
    ($open:expr) => {
        $crate::suite_tests!(
            bus,
            $open,
            |it| (&it.bus, &*it.ledger),
            a_hint_is_in_one_hand_at_a_time,
            a_hint_given_back_comes_again,
            a_hint_whose_work_is_recorded_does_not_come_again,
            no_more_than_asked_for_are_taken_and_the_oldest_first,
            a_stage_takes_its_own_hints_only,
            an_empty_stage_answers_when_patience_ends,
            the_same_hint_published_twice_is_harmless,
        );
    };
}

/// Makes a `#[tokio::test]` of each function of [`vault`]. `$open` gives something with a field
/// `vault`, or `None`.
#[macro_export]
macro_rules! vault_suite {
    ($open:expr) => {
        $crate::suite_tests!(
            vault,
            $open,
            |it| &*it.vault,
            what_is_put_is_read_and_a_repetition_is_harmless,
            one_bad_object_fails_alone,
            a_probe_says_what_the_store_is,
        );
    };
}

/// The tests of one list; the other macros use it.
#[doc(hidden)]
#[macro_export]
macro_rules! suite_tests {
    ($suite:ident, $open:expr, |$it:ident| $port:expr, $($name:ident,)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some($it) = $open else { return };
            $crate::suite::$suite::$name($port).await;
        })*
    };
}
